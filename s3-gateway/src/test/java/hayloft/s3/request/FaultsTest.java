package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.error.S3Error;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Does a client hear whether to come again?
class FaultsTest {

  @Test
  void damagedBytesAreToldWithWhatToDo() {
    assertTrue(Faults.advice(new CorruptNeedleException("1.dat at 64")).contains("restore the object from elsewhere"));
    assertEquals("", Faults.advice(new IOException("EIO")));
  }

  @Test
  void whatPassesByItselfAsksToComeAgain() {
    assertEquals(S3Error.Plain.SLOW_DOWN, Faults.translate(new StoreBusyException("full")));
    assertEquals(S3Error.Plain.SLOW_DOWN, Faults.translate(new TooFewDescriptorsException("1024 of 1024", null)));
    assertEquals(S3Error.Plain.INTERNAL_ERROR, Faults.translate(new IOException("EIO")));
  }
}
