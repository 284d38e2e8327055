package hayloft.master.log;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A directory in memory whose power is cut at some operation: what was not forced is then lost, kept, or torn.
/// Confined to a test.
public final class SimulatedLogFiles implements LogFiles {

  private final Random random;
  private final Map<String, byte[]> cached = new HashMap<>();
  private final Map<String, byte[]> durable = new HashMap<>();
  private int operationsLeft;

  /// @param operationsLeft after which the power is cut; negative for never
  public SimulatedLogFiles(Random random, int operationsLeft) {
    this.random = random;
    this.operationsLeft = operationsLeft;
  }

  /// The power is gone; nothing answers any more.
  public static final class PowerCutException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /// A log on this disk.
  public CommandLog openLog(int snapshotEvery) throws IOException {
    return CommandLog.open(this, snapshotEvery, "simulated");
  }

  /// What the next start finds.
  public SimulatedLogFiles afterPowerCut(int nextOperationsLeft) {
    var next = new SimulatedLogFiles(random, nextOperationsLeft);
    cached.forEach((name, bytes) -> {
      byte[] found = torn(durable.getOrDefault(name, new byte[0]), bytes);
      next.cached.put(name, found);
      next.durable.put(name, found);
    });
    return next;
  }

  /// What is durable, then some of what followed it: none, all, a prefix, or a prefix with a few wrong bytes at its
  /// end.
  private byte[] torn(byte[] kept, byte[] wanted) {
    if (wanted.length <= kept.length || !Arrays.equals(kept, Arrays.copyOf(wanted, kept.length))) {
      return random.nextBoolean() ? kept : wanted; // a cut file: before or after the cut
    }
    int more = random.nextInt(wanted.length - kept.length + 1);
    byte[] found = Arrays.copyOf(wanted, kept.length + more);
    for (int i = Math.max(kept.length, found.length - random.nextInt(9)); i < found.length; i++) {
      found[i] = (byte) random.nextInt();
    }
    return found;
  }

  private void step() throws PowerCutException {
    if (operationsLeft == 0) {
      throw new PowerCutException();
    }
    operationsLeft--;
  }

  byte[] bytes(String name) {
    return cached.getOrDefault(name, new byte[0]).clone();
  }

  void set(String name, byte[] bytes) {
    cached.put(name, bytes);
    durable.put(name, bytes);
  }

  @Override
  public Optional<byte[]> read(String name) {
    return Optional.ofNullable(cached.get(name)).map(byte[]::clone);
  }

  @Override
  public void replace(String name, byte[] bytes) throws IOException {
    step();
    if (random.nextBoolean()) {
      set(name, bytes);
      step(); // renamed and durable, yet nobody was told
    } else {
      step();
      set(name, bytes);
    }
  }

  @Override
  public Appendable open(String name) throws IOException {
    step();
    cached.putIfAbsent(name, new byte[0]);
    durable.putIfAbsent(name, new byte[0]);
    return new Appendable() {
      @Override
      public byte[] read() {
        return bytes(name);
      }

      @Override
      public void append(byte[] bytes) throws IOException {
        byte[] before = bytes(name);
        byte[] after = Arrays.copyOf(before, before.length + bytes.length);
        System.arraycopy(bytes, 0, after, before.length, bytes.length);
        if (operationsLeft == 0) {
          cached.put(name, Arrays.copyOf(after, before.length + random.nextInt(bytes.length + 1)));
        }
        step();
        cached.put(name, after);
      }

      @Override
      public void truncate(long sizeBytes) throws IOException {
        step();
        cached.put(name, Arrays.copyOf(bytes(name), (int) sizeBytes));
      }

      @Override
      public void force() throws IOException {
        step();
        durable.put(name, bytes(name));
      }

      @Override
      public void close() {
        // nothing is held open
      }
    };
  }
}
