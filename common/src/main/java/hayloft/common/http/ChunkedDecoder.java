package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Takes the framing off a body in chunked transfer encoding
/// ([RFC 9112 section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)), strictly: CRLF and nothing else ends a
/// line, sizes are plain hex, extensions and trailer fields are skipped and limited. Confined to an event loop.
///
/// White space before the semicolon of an extension is none of the size: a recipient has to take it, and every reading
/// of `5 ;a=b` is 5. Behind a size without extension it stands in no grammar, and is refused.
///
/// Trailer fields are dropped, as [RFC 9110, section 6.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1) has
/// it for what is not understood, but for those that claim something of the body: dropped, such a claim would be
/// believed to have been verified. They are refused.
///
///     SIZE --;--> EXTENSION --CR--> SIZE_LF --> DATA --> DATA_CR --> DATA_LF --> SIZE
///     SIZE --blank--> SIZE_BLANK --;--> EXTENSION
///     SIZE_LF --size 0--> TRAILER_START <--> TRAILER_NAME, TRAILER ; an empty line --> END
final class ChunkedDecoder {

  private enum State {
    SIZE,
    SIZE_BLANK,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    END
  }

  private static final int MAX_SIZE_DIGITS = 15;
  /// Of one chunk's extension; real clients send none.
  private static final int MAX_EXTENSION_BYTES = 256;

  /// Names of trailer fields that nobody here would verify, a prefix where a dash ends them.
  private static final String[] CLAIMS = {"x-amz-checksum-", "x-amz-trailer-signature", "content-md5"};
  private static final int ALL_CLAIMS = (1 << CLAIMS.length) - 1;

  private final int maxTrailerBytes;
  private State state = State.SIZE;
  private long chunkBytes;
  private int digits;
  private int extensionBytes;
  private int trailerBytes;
  private int nameBytes;
  /// A bit for each of the claims that the name may still become.
  private int possibleClaims;

  ChunkedDecoder(int maxTrailerBytes) {
    this.maxTrailerBytes = maxTrailerBytes;
  }

  boolean isAtEnd() {
    return state == State.END;
  }

  /// The next data in the buffer, as a slice that the caller takes; null when the buffer has no more or the body ended.
  /// Borrows the buffer and moves its reader index past what was understood.
  @Nullable
  ByteBuf next(ByteBuf in) throws RefusedRequestException {
    while (in.isReadable() && state != State.END) {
      if (state == State.DATA) {
        int take = (int) Math.min(chunkBytes, in.readableBytes());
        chunkBytes -= take;
        if (chunkBytes == 0) {
          state = State.DATA_CR;
        }
        return in.readRetainedSlice(take);
      }
      step(in.readByte());
    }
    return null;
  }

  private void step(byte b) throws RefusedRequestException {
    state = switch (state) {
      case SIZE -> size(b);
      case SIZE_BLANK -> b == ';' ? State.EXTENSION : blank(b);
      case EXTENSION -> {
        if (b == '\r') {
          yield State.SIZE_LF;
        }
        if (isControl(b) || ++extensionBytes > MAX_EXTENSION_BYTES) {
          throw new RefusedRequestException(400, "malformed chunk extension");
        }
        yield State.EXTENSION;
      }
      case SIZE_LF -> {
        expect(b, '\n');
        digits = 0;
        extensionBytes = 0;
        yield chunkBytes == 0 ? State.TRAILER_START : State.DATA;
      }
      case DATA_CR -> {
        expect(b, '\r');
        yield State.DATA_LF;
      }
      case DATA_LF -> {
        expect(b, '\n');
        yield State.SIZE;
      }
      case TRAILER_START -> {
        if (b == ':') {
          throw new RefusedRequestException(400, "malformed trailer field");
        }
        nameBytes = 0;
        possibleClaims = ALL_CLAIMS;
        yield b == '\r' ? State.LAST_LF : trailerName(b);
      }
      case TRAILER_NAME -> {
        if (b != ':') {
          yield trailerName(b);
        }
        requireNoClaim();
        yield trailer(b);
      }
      case TRAILER -> b == '\r' ? State.TRAILER_LF : trailer(b);
      case TRAILER_LF -> {
        expect(b, '\n');
        yield State.TRAILER_START;
      }
      case LAST_LF -> {
        expect(b, '\n');
        yield State.END;
      }
      case DATA, END -> throw new IllegalStateException("no framing byte is read in state " + state);
    };
  }

  private State size(byte b) throws RefusedRequestException {
    int digit = Character.digit(b, 16);
    if (b >= 0 && digit >= 0) {
      if (++digits > MAX_SIZE_DIGITS) {
        throw new RefusedRequestException(400, "chunk size too large");
      }
      chunkBytes = chunkBytes << 4 | digit;
      return State.SIZE;
    }
    if (digits == 0) {
      throw new RefusedRequestException(400, "malformed chunk size");
    }
    return switch (b) {
      case '\r' -> State.SIZE_LF;
      case ';' -> State.EXTENSION;
      default -> blank(b);
    };
  }

  private State blank(byte b) throws RefusedRequestException {
    if (b != ' ' && b != '\t' || ++extensionBytes > MAX_EXTENSION_BYTES) {
      throw new RefusedRequestException(400, "malformed chunk size");
    }
    return State.SIZE_BLANK;
  }

  private State trailerName(byte b) throws RefusedRequestException {
    if (!RequestHeadParser.mayStandInName(b)) {
      throw new RefusedRequestException(400, "malformed trailer field");
    }
    State _ = trailer(b); // counts it
    int lower = b >= 'A' && b <= 'Z' ? b | 0x20 : b;
    for (int i = 0; i < CLAIMS.length; i++) {
      String claim = CLAIMS[i];
      if (nameBytes < claim.length() ? claim.charAt(nameBytes) != lower : !claim.endsWith("-")) {
        possibleClaims &= ~(1 << i);
      }
    }
    nameBytes++;
    return State.TRAILER_NAME;
  }

  private void requireNoClaim() throws RefusedRequestException {
    for (int i = 0; i < CLAIMS.length; i++) {
      if ((possibleClaims & 1 << i) != 0 && nameBytes >= CLAIMS[i].length()) {
        throw new RefusedRequestException(400, "a trailer of Transfer-Encoding: chunked is not verified: a checksum of"
            + " the body belongs in a header, or in a trailer of aws-chunked");
      }
    }
  }

  private State trailer(byte b) throws RefusedRequestException {
    if (isControl(b)) {
      throw new RefusedRequestException(400, "invalid character in trailer field");
    }
    if (++trailerBytes > maxTrailerBytes) {
      throw new RefusedRequestException(431, "trailer fields longer than " + maxTrailerBytes + " bytes");
    }
    return State.TRAILER;
  }

  private static boolean isControl(byte b) {
    return b >= 0 && b < ' ' && b != '\t' || b == 0x7F;
  }

  private static void expect(byte b, char wanted) throws RefusedRequestException {
    if (b != wanted) {
      throw new RefusedRequestException(400, "malformed chunk framing");
    }
  }
}
