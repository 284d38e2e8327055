package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.common.http.EntityTags;
import hayloft.common.log.EventLog;
import hayloft.filer.Catalog;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.VersionSelector;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Addressing;
import hayloft.s3.request.Faults;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// `POST /{bucket}?delete`: deletes up to 1,000 objects or versions; each succeeds or fails for itself.
/// [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
///
/// Deletes run side by side on a few virtual threads, so that they share syncs. The answer lists them in the request's
/// order.
final class DeleteObjects implements Operation {

  private static final int MAX_KEYS = 1000;
  private static final int MAX_DOCUMENT_BYTES = 4 << 20; // 1,000 keys of 1,024 bytes, half of them escaped
  private static final int MAX_WORKERS = 32;
  /// What the document has besides keys, in bytes.
  private static final int BYTES_AROUND = 256;
  /// What it has of a key that is gone, at the most, but for the key and the version's id as the client wrote them:
  /// elements, and the id of a delete marker.
  private static final int BYTES_OF_DELETED = 192;
  /// The same of a key that is not: elements, and the longest code and message that there are.
  static final int BYTES_OF_ERROR = 384;
  /// Of a key or an id that is too long to be one the answer repeats no more than what is possible.
  static final int MOST_REPEATED_BYTES = 1024;
  private static final Fate NOT_KNOWN = new Fate.Kept(S3Error.Plain.INTERNAL_ERROR);
  private static final EventLog LOG = EventLog.of(DeleteObjects.class);

  private final Catalog catalog;
  private final Durability durability;

  DeleteObjects(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  record Order(boolean quiet, List<Doomed> objects) {

    /// What the answer has if every key fails, which a quiet one tells too.
    int mostAnswerBytes() {
      int bytes = BYTES_AROUND;
      for (Doomed doomed : objects) {
        bytes += BYTES_OF_ERROR + doomed.repeatedBytes();
      }
      return bytes;
    }

    /// What it has at the most now that it is known what came of each.
    int answerBytes(AtomicReferenceArray<Fate> fates) {
      int bytes = BYTES_AROUND;
      for (int i = 0; i < objects.size(); i++) {
        if (!(fates.get(i) instanceof Fate.Gone)) {
          bytes += BYTES_OF_ERROR + objects.get(i).repeatedBytes();
        } else if (!quiet) {
          bytes += BYTES_OF_DELETED + objects.get(i).repeatedBytes();
        }
      }
      return bytes;
    }
  }

  record Doomed(String key, Optional<String> versionId, Precondition condition) {

    int repeatedBytes() {
      return XmlWriter.escapedBytes(repeated(key))
          + (versionId.isPresent() ? XmlWriter.escapedBytes(repeated(versionId.get())) : 0);
    }

    /// @throws S3Exception InvalidArgument
    VersionSelector which() {
      return versionId.map(id -> S3Request.version("VersionId", id)).orElse(VersionSelector.LATEST);
    }
  }

  sealed interface Fate {
    record Gone(DeleteOutcome.Deleted deleted) implements Fate {}

    record Kept(S3Error error) implements Fate {}
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Order order = request.readXml("Delete", MAX_DOCUMENT_BYTES, DeleteObjects::read);
    request.oweDocument(order.objects().size(), order.mostAnswerBytes()); // while nothing is deleted yet
    AtomicReferenceArray<Fate> fates = deleteAll(request, order.objects());
    XmlWriter xml = request.document(order.answerBytes(fates));
    write(xml, order, fates);
    request.reply().sendXml(request.reply().headers(request.durability(durability)), xml);
  }

  static void write(XmlWriter xml, Order order, AtomicReferenceArray<Fate> fates) {
    xml.openRoot("DeleteResult");
    for (int i = 0; i < order.objects().size(); i++) {
      Doomed doomed = order.objects().get(i);
      switch (Objects.requireNonNullElse(fates.get(i), NOT_KNOWN)) {
        case Fate.Gone(DeleteOutcome.Deleted deleted) -> {
          if (!order.quiet()) {
            writeDeleted(xml, doomed, deleted);
          }
        }
        case Fate.Kept(S3Error error) -> writeError(xml, doomed, error);
      }
    }
    xml.close("DeleteResult");
  }

  private AtomicReferenceArray<Fate> deleteAll(S3Request request, List<Doomed> objects) throws IOException {
    AtomicReferenceArray<Fate> fates = new AtomicReferenceArray<>(objects.size());
    AtomicInteger next = new AtomicInteger();
    Runnable worker = () -> {
      for (int i = next.getAndIncrement(); i < objects.size(); i = next.getAndIncrement()) {
        fates.set(i, delete(request, objects.get(i)));
      }
    };
    List<Thread> workers = new ArrayList<>();
    try {
      for (int i = 1; i < Math.min(MAX_WORKERS, objects.size()); i++) {
        workers.add(Thread.ofVirtual().name("s3-delete-", i).start(worker));
      }
    } catch (OutOfMemoryError e) { // those that run have begun to delete, so the answer must tell of it
      LOG.warning("delete.fewerThreads").with("running", workers.size()).with("reason", e).say();
    }
    worker.run();
    for (Thread thread : workers) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while deleting", e);
      }
    }
    return fates;
  }

  private Fate delete(S3Request request, Doomed doomed) {
    if (doomed.versionId().isPresent() && !request.ownsBucket()) {
      return new Fate.Kept(S3Error.Plain.ACCESS_DENIED); // no list grants it
    }
    try {
      return switch (catalog.delete(request.bucket(), Addressing.checkKey(doomed.key()), doomed.which(),
          conditionOf(request, doomed))) {
        case DeleteOutcome.Deleted deleted -> new Fate.Gone(deleted);
        case DeleteOutcome.Refused(Precondition.Verdict verdict) -> new Fate.Kept(
            WriteConditions.error(request, verdict, doomed.condition(), doomed.key()));
        case DeleteOutcome.BucketGone _ -> new Fate.Kept(new S3Error.NoSuchBucket(request.bucketName()));
      };
    } catch (Throwable e) { // an Error as well: what became of the others must be told
      return new Fate.Kept(
          Faults.report(request.reply(),
              line -> line.with("bucket", request.bucketName()).with("key", doomed.key()), e));
    }
  }

  private static Precondition conditionOf(S3Request request, Doomed doomed) {
    return doomed.condition().equals(Precondition.NONE)
        ? Precondition.NONE
        : WriteConditions.ofReader(request, doomed.condition());
  }

  private static void writeDeleted(XmlWriter xml, Doomed doomed, DeleteOutcome.Deleted deleted) {
    xml.open("Deleted");
    xml.text("Key", repeated(doomed.key()));
    doomed.versionId().ifPresent(id -> xml.text("VersionId", repeated(id)));
    if (deleted.deleteMarker()) {
      xml.flag("DeleteMarker", true);
      deleted.versionId().ifPresent(id -> xml.text("DeleteMarkerVersionId", id));
    }
    xml.close("Deleted");
  }

  private static void writeError(XmlWriter xml, Doomed doomed, S3Error error) {
    xml.open("Error");
    xml.text("Key", repeated(doomed.key()));
    doomed.versionId().ifPresent(id -> xml.text("VersionId", repeated(id)));
    xml.text("Code", error.code());
    xml.text("Message", error.message());
    xml.close("Error");
  }

  /// As much of a key or an id as the answer repeats.
  private static String repeated(String text) {
    if (text.length() <= MOST_REPEATED_BYTES / 3 || ByteBufUtil.utf8Bytes(text) <= MOST_REPEATED_BYTES) {
      return text;
    }
    int bytes = 0;
    int end = 0;
    while (true) {
      int codePoint = text.codePointAt(end);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > MOST_REPEATED_BYTES) {
        return text.substring(0, end);
      }
      end += Character.charCount(codePoint);
    }
  }

  private static Order read(XmlElement root) throws MalformedXmlException {
    List<Doomed> objects = new ArrayList<>();
    for (XmlElement object : root.children("Object")) {
      String key = object.childText("Key").filter(text -> !text.isEmpty())
          .orElseThrow(() -> new MalformedXmlException("an Object without Key"));
      Precondition condition = new Precondition(object.childText("ETag").map(EntityTags::strong), Optional.empty(),
          object.childText("LastModifiedTime").map(text -> WriteConditions.time("LastModifiedTime", text.strip())),
          object.childText("Size").map(text -> WriteConditions.size("Size", text.strip())));
      Optional<String> versionId = object.childText("VersionId").map(String::strip).filter(text -> !text.isEmpty());
      objects.add(new Doomed(key, versionId, condition));
    }
    if (objects.isEmpty() || objects.size() > MAX_KEYS) {
      throw new MalformedXmlException(objects.size() + " objects, not 1 to " + MAX_KEYS);
    }
    return new Order(root.childText("Quiet").orElse("false").strip().equalsIgnoreCase("true"), objects);
  }
}
