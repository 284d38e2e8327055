package hayloft.e2e.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Very many connections of one mind, on one thread of its own. Whoever the server closes comes again, as often as the
/// crowd may connect. Thread-safe.
final class Crowd implements AutoCloseable {

  private static final int CONNECTED_AT_ONCE = 64;
  private static final int RECEIVED_AHEAD = 4096;

  private final Attack attack;
  private final int size;
  private final Selector selector;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(64 << 10);
  private final AtomicLong opened = new AtomicLong();
  private final AtomicLong closed = new AtomicLong();
  private final AtomicLong slowedDown = new AtomicLong();
  private final Thread thread;
  private volatile boolean ended;
  private int number;
  private int open;
  private long trickledNanos = System.nanoTime();

  /// @param size how many connections at a time
  Crowd(Attack attack, int size) throws IOException {
    this.attack = attack;
    this.size = size;
    this.selector = Selector.open();
    this.thread = Thread.ofPlatform().name("crowd").start(this::run);
  }

  /// One connection: what it still has to send, and whether it has heard anything.
  private static final class Member {

    private @Nullable ByteBuffer toSend;
    private boolean isAnswered;

    private Member(byte[] opening) {
      this.toSend = ByteBuffer.wrap(opening);
    }
  }

  /// Connections that were made in all.
  long opened() {
    return opened.get();
  }

  /// Those of them that the server ended, as far as somebody listened.
  long closed() {
    return closed.get();
  }

  /// Answers of 503.
  long slowedDown() {
    return slowedDown.get();
  }

  private void run() {
    try (selector) {
      while (!ended) {
        connectSome();
        selector.select(10);
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext();) {
          serve(keys.next());
          keys.remove();
        }
        trickle();
      }
      for (SelectionKey key : List.copyOf(selector.keys())) {
        key.channel().close();
      }
    } catch (IOException | RuntimeException e) {
      System.out.println("a crowd went home: " + e);
    }
  }

  private void connectSome() throws IOException {
    for (int i = 0; i < CONNECTED_AT_ONCE && open < size; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      if (!attack.reads()) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVED_AHEAD);
      }
      channel.connect(new InetSocketAddress(attack.to().getHost(), attack.to().getPort()));
      channel.register(selector, SelectionKey.OP_CONNECT, new Member(attack.opening().bytes(number++)));
      open++;
      opened.incrementAndGet();
    }
  }

  private void serve(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    Member member = (Member) key.attachment();
    try {
      if (key.isConnectable()) {
        channel.finishConnect();
        key.interestOps(listening() | SelectionKey.OP_WRITE);
      }
      if (key.isReadable() && !receive(channel, member)) {
        leave(key);
        return;
      }
      if (key.isWritable()) {
        send(key, channel, member);
      }
    } catch (IOException | CancelledKeyException _) {
      leave(key);
    }
  }

  private int listening() {
    return attack.reads() ? SelectionKey.OP_READ : 0;
  }

  private boolean receive(SocketChannel channel, Member member) throws IOException {
    scratch.clear();
    int count = channel.read(scratch);
    if (count >= 12 && !member.isAnswered) {
      member.isAnswered = true;
      if (scratch.get(9) == '5' && scratch.get(11) == '3') {
        slowedDown.incrementAndGet();
      }
    }
    return count >= 0;
  }

  private void send(SelectionKey key, SocketChannel channel, Member member) throws IOException {
    ByteBuffer toSend = member.toSend;
    if (toSend != null) {
      channel.write(toSend);
      if (toSend.hasRemaining()) {
        return;
      }
      member.toSend = null;
    }
    key.interestOps(listening());
  }

  private void leave(SelectionKey key) throws IOException {
    key.channel().close();
    open--;
    closed.incrementAndGet();
  }

  private void trickle() throws IOException {
    Duration every = attack.every();
    if (every.isZero() || System.nanoTime() - trickledNanos < every.toNanos()) {
      return;
    }
    trickledNanos = System.nanoTime();
    for (SelectionKey key : new ArrayList<>(selector.keys())) {
      Member member = (Member) key.attachment();
      if (key.isValid() && member.toSend == null) {
        member.toSend = ByteBuffer.wrap(attack.trickle());
        key.interestOps(listening() | SelectionKey.OP_WRITE);
      }
    }
  }

  /// All hang up at once, with resets.
  @Override
  public void close() throws InterruptedException {
    ended = true;
    selector.wakeup();
    thread.join();
  }
}
