package hayloft.common.checksum;

/// The CRC of two byte strings put together, from the CRC of each: what a full-object checksum of a multipart upload is
/// made of, without reading a byte. For reflected CRCs with all ones before and after.
///
/// Appending n bytes multiplies what was before by x^(8n) modulo the polynomial; the ones before and after cancel out.
/// So `crc(AB) = crc(A) * x^(8 |B|) + crc(B)` in the polynomials over GF(2). In the reflected form that these CRCs use,
/// the highest bit stands for x^0. The power takes at most 67 squarings, a microsecond or two.
public enum CrcCombination {
  CRC32(32, 0xEDB88320L),
  CRC32C(32, 0x82F63B78L),
  CRC64NVME(64, Crc64Nvme.REFLECTED_POLYNOMIAL);

  private final long one;
  private final long polynomial;

  CrcCombination(int bits, long polynomial) {
    this.one = 1L << bits - 1;
    this.polynomial = polynomial;
  }

  /// Width of the CRC.
  public int valueBytes() {
    return (Long.SIZE - Long.numberOfLeadingZeros(one)) / Byte.SIZE;
  }

  /// @param first CRC of the first string; zero is that of the empty one
  /// @param second CRC of the second string
  /// @param secondBytes length of the second string
  public long combine(long first, long second, long secondBytes) {
    if (secondBytes < 0) {
      throw new IllegalArgumentException("a length of " + secondBytes + " bytes");
    }
    return times(first, powerOfX(secondBytes)) ^ second;
  }

  /// x^(8 n)
  private long powerOfX(long bytes) {
    long power = one;
    long square = one >>> 1; // x^1
    for (int i = 0; i < 3; i++) {
      square = times(square, square); // x^8
    }
    for (long rest = bytes; rest != 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        power = times(power, square);
      }
      square = times(square, square);
    }
    return power;
  }

  private long times(long a, long b) {
    long product = 0;
    long factor = b;
    for (long bit = one; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= factor;
      }
      factor = factor >>> 1 ^ ((factor & 1) != 0 ? polynomial : 0);
    }
    return product;
  }
}
