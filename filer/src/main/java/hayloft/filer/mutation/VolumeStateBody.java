package hayloft.filer.mutation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a needle says of a volume's state. Immutable.
///
/// @param state empty if a newer program names one that this one does not know
/// @param generation of the volume file
/// @param lengthBytes of a sealed volume's file; 0 if it is not told
/// @param checksum the running checksum at that length
/// @param retired of volume 0 alone: volumes that are retired, in rising order
public record VolumeStateBody(Instant at, Optional<State> state, int generation, long lengthBytes, long checksum,
    List<VolumeRange> retired) {

  /// What may be said of a volume; the newest counts.
  public enum State {
    SEALED(1),
    /// Empty, and its files are gone.
    RETIRED(2),
    /// An administrator gave up what lay in it.
    GIVEN_UP(3),
    /// Its needles live on in another volume, under its id.
    MERGED(4);

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Optional<State> ofCode(int code) {
      return switch (code) {
        case 1 -> Optional.of(SEALED);
        case 2 -> Optional.of(RETIRED);
        case 3 -> Optional.of(GIVEN_UP);
        case 4 -> Optional.of(MERGED);
        default -> Optional.empty();
      };
    }
  }

  /// Volumes with neighbouring ids.
  public record VolumeRange(int first, int count) {
    public VolumeRange {
      if (first <= 0 || count <= 0 || first + count < 0) {
        throw new IllegalArgumentException("no range of volumes has " + count + " from " + first);
      }
    }

    /// The first id behind it.
    public int end() {
      return first + count;
    }

    public boolean contains(int volume) {
      return volume >= first && volume < end();
    }
  }

  public VolumeStateBody {
    retired = List.copyOf(retired);
  }

  /// Of one volume.
  public static VolumeStateBody of(Instant at, State state, int generation, long lengthBytes, long checksum) {
    return new VolumeStateBody(at, Optional.of(state), generation, lengthBytes, checksum, List.of());
  }

  /// Of many, for volume 0.
  public static VolumeStateBody allRetired(Instant at, List<VolumeRange> retired) {
    return new VolumeStateBody(at, Optional.of(State.RETIRED), 0, 0, 0, retired);
  }

  public boolean is(State wanted) {
    return state.isPresent() && state.get() == wanted;
  }

  void write(FieldWriter out) {
    out.number(BodyTags.AT, at.toEpochMilli());
    state.ifPresent(known -> out.number(BodyTags.VOLUME_STATE, known.code()));
    number(out, BodyTags.GENERATION, generation);
    number(out, BodyTags.LENGTH, lengthBytes);
    number(out, BodyTags.RUNNING_CHECKSUM, checksum);
    if (!retired.isEmpty()) {
      var ranges = new FieldWriter(retired.size() * 4);
      int end = 0;
      for (VolumeRange range : retired) {
        if (range.first() < end) {
          throw new IllegalArgumentException("ranges of retired volumes must rise, got " + retired);
        }
        ranges.varint(range.first() - (long) end);
        ranges.varint(range.count());
        end = range.end();
      }
      out.nested(BodyTags.RETIRED_VOLUMES, ranges);
    }
  }

  private static void number(FieldWriter out, int tag, long value) {
    if (value != 0) {
      out.number(tag, value);
    }
  }

  public static VolumeStateBody read(FieldReader in) throws MalformedMutationException {
    Instant at = Instant.EPOCH;
    Optional<State> state = Optional.empty();
    int generation = 0;
    long lengthBytes = 0;
    long checksum = 0;
    List<VolumeRange> retired = List.of();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> at = Instant.ofEpochMilli(in.number());
        case BodyTags.VOLUME_STATE -> state = State.ofCode((int) in.number());
        case BodyTags.GENERATION -> generation = (int) in.number();
        case BodyTags.LENGTH -> lengthBytes = in.number();
        case BodyTags.RUNNING_CHECKSUM -> checksum = in.number();
        case BodyTags.RETIRED_VOLUMES -> retired = ranges(in.nested());
        default -> {
          // a field of a newer program
        }
      }
    }
    return new VolumeStateBody(at, state, generation, lengthBytes, checksum, retired);
  }

  private static List<VolumeRange> ranges(FieldReader in) throws MalformedMutationException {
    var ranges = new ArrayList<VolumeRange>();
    long end = 0;
    while (in.remaining() > 0) {
      long first = end + in.varint();
      long count = in.varint();
      if (first <= 0 || first > Integer.MAX_VALUE || count <= 0 || count > Integer.MAX_VALUE - first) {
        throw new MalformedMutationException("range of " + count + " volumes from " + first);
      }
      ranges.add(new VolumeRange((int) first, (int) count));
      end = first + count;
    }
    return ranges;
  }
}
