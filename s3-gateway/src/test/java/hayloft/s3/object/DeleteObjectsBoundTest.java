package hayloft.s3.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.DeleteOutcome;
import hayloft.filer.Precondition;
import hayloft.s3.error.S3Error;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/// What is claimed for the answer to DeleteObjects before anything is deleted is no less than it comes to.
final class DeleteObjectsBoundTest {

  private static final String VERSION_ID = "0".repeat(32);
  private static final List<String> KEYS = List.of("k", "a".repeat(30_000), "\"".repeat(1024), "'".repeat(30_000),
      "\u0001".repeat(1024), "\u2028".repeat(341), "\u2028".repeat(10_000), "\ufffe".repeat(341), "\u0085".repeat(512),
      "\u00fc".repeat(20_000), "\ud83d\ude00".repeat(256), "a" + "\ud83d\ude00".repeat(5_000), "<&>".repeat(10_000));

  /// Counts the bytes that a document asks for.
  private static final class Room implements XmlWriter.Room {
    private long bytes;

    @Override
    public void take(int more) {
      bytes += more;
    }

    @Override
    public Runnable handOn() {
      return () -> {};
    }
  }

  private static DeleteObjects.Order order(boolean quiet) {
    List<DeleteObjects.Doomed> objects = new ArrayList<>();
    for (String key : KEYS) {
      for (Optional<String> versionId : List.of(Optional.<String>empty(), Optional.of(VERSION_ID),
          Optional.of("\u0002".repeat(9_000)))) {
        objects.add(new DeleteObjects.Doomed(key, versionId, Precondition.NONE));
      }
    }
    return new DeleteObjects.Order(quiet, objects);
  }

  private static AtomicReferenceArray<DeleteObjects.Fate> all(DeleteObjects.Order order, DeleteObjects.Fate fate) {
    AtomicReferenceArray<DeleteObjects.Fate> fates = new AtomicReferenceArray<>(order.objects().size());
    for (int i = 0; i < fates.length(); i++) {
      fates.set(i, fate);
    }
    return fates;
  }

  private static String answer(DeleteObjects.Order order, DeleteObjects.Fate fate) {
    AtomicReferenceArray<DeleteObjects.Fate> fates = all(order, fate);
    int expected = order.answerBytes(fates);
    assertTrue(expected <= order.mostAnswerBytes());
    Room room = new Room();
    XmlWriter xml = new XmlWriter(expected, room);
    DeleteObjects.write(xml, order, fates);
    ByteBuf document = xml.finish();
    String text = document.toString(StandardCharsets.UTF_8);
    document.release();
    assertEquals(expected, room.bytes, () -> fate + " made it grow");
    return text;
  }

  @Test
  void itHoldsForTheWorstKeysWhateverBecomesOfThem() {
    for (boolean quiet : new boolean[]{true, false}) {
      DeleteObjects.Order order = order(quiet);
      for (S3Error error : S3Error.Plain.values()) {
        String text = answer(order, new DeleteObjects.Fate.Kept(error));
        assertEquals(order.objects().size(), text.split("<Error>", -1).length - 1);
      }
      answer(order, new DeleteObjects.Fate.Kept(new S3Error.KeyTooLong(30_000, 1024)));
      answer(order, new DeleteObjects.Fate.Kept(new S3Error.InvalidArgument("Invalid version id specified",
          "VersionId", "x")));
      answer(order, new DeleteObjects.Fate.Gone(new DeleteOutcome.Deleted(Optional.of(VERSION_ID), true)));
    }
  }

  @Test
  void anAnswerRepeatsNoMoreOfAKeyThanAKeyCanHave() {
    var order = new DeleteObjects.Order(true, List.of(
        new DeleteObjects.Doomed("b\ud83d\ude00".repeat(1_000), Optional.empty(), Precondition.NONE)));
    String text = answer(order, new DeleteObjects.Fate.Kept(new S3Error.KeyTooLong(5_000, 1024)));
    assertTrue(text.contains("<Key>" + "b\ud83d\ude00".repeat(204) + "b</Key>"), text);
  }

  @Test
  void aThousandUsualKeysOweLittle() {
    List<DeleteObjects.Doomed> objects = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      objects.add(new DeleteObjects.Doomed("folder/object-" + i, Optional.empty(), Precondition.NONE));
    }
    assertTrue(new DeleteObjects.Order(true, objects).mostAnswerBytes() < 512 << 10);
  }
}
