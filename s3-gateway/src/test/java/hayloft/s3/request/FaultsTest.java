package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.error.S3Error;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Does a client hear whether to come again?
class FaultsTest {

  @Test
  void whatPassesByItselfAsksToComeAgain() {
    assertEquals(S3Error.Plain.SLOW_DOWN, Faults.translate(new StoreBusyException("full")));
    assertEquals(S3Error.Plain.SLOW_DOWN, Faults.translate(new TooFewDescriptorsException("1024 of 1024", null)));
    assertEquals(S3Error.Plain.INTERNAL_ERROR, Faults.translate(new IOException("EIO")));
  }
}
