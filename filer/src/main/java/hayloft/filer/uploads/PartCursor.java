package hayloft.filer.uploads;

import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.PartBody;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Walks the parts of an upload by number; of parts with the same number only the newest. Confined to one thread.
final class PartCursor implements AutoCloseable {

  private final KeyCursor rows;
  private final long upload;
  private final int firstNumber;
  private boolean started;
  private int lastNumber;

  PartCursor(KeyStore store, long upload, int firstNumber) {
    byte[] all = RowKeys.parts(upload);
    rows = store.cursor(all, RowKeys.after(all), Reach.DISK);
    this.upload = upload;
    this.firstNumber = firstNumber;
  }

  @Nullable
  PartRow next() throws IOException {
    boolean found = started ? rows.next() : rows.seek(RowKeys.partNumber(upload, firstNumber));
    while (found && started && RowKeys.numberOfPart(rows.key()) == lastNumber) {
      found = rows.next();
    }
    started = true;
    if (!found) {
      return null;
    }
    lastNumber = RowKeys.numberOfPart(rows.key());
    byte[] value = rows.value();
    return new PartRow(lastNumber, RowValue.needle(value), PartBody.read(RowValue.body(value)));
  }

  @Override
  public void close() {
    rows.close();
  }
}
