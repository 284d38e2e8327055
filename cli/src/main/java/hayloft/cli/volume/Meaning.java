package hayloft.cli.volume;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.CommitSequence;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.ObjectDraft;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.VersionBody;
import java.util.List;
import java.util.Locale;

/// What a needle of the catalog says, in words. Immutable.
///
/// @param detail everything that it says, but for sealed secrets
record Meaning(Mutation mutation, ObjectNode detail) {

  /// @throws MalformedMutationException if the meta is no mutation, or of a newer program
  static Meaning of(byte[] meta, BucketNames buckets) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    buckets.see(envelope, meta);
    Mutation mutation = MutationCodec.decode(meta, "");
    ObjectNode detail = JsonNodeFactory.instance.objectNode().put("mutation", kind(envelope))
        .put("at", mutation.at().toString());
    if (envelope.bucketId() != 0) {
      detail.put("bucket", buckets.of(envelope.bucketId())).put("bucketId", Long.toHexString(envelope.bucketId()));
    }
    if (envelope.key().length > 0) {
      detail.put("object", key(mutation));
    }
    describe(mutation, detail);
    if (envelope.kills()) {
      detail.put("kills", true);
    }
    if (MutationCodec.isUnsynced(meta)) {
      detail.put("unsynced", true);
    }
    return new Meaning(mutation, detail);
  }

  static String kind(Envelope envelope) {
    return envelope.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String key(Mutation mutation) {
    return switch (mutation) {
      case Mutation.PutVersion put -> put.key();
      case Mutation.SetTags tags -> tags.key();
      case Mutation.SetAcl acl -> acl.key();
      case Mutation.EraseVersion erase -> erase.key();
      case Mutation.CreateUpload create -> create.key();
      case Mutation.PutPart part -> part.key();
      case Mutation.AbortUpload abort -> abort.key();
      case Mutation.Chunk chunk -> chunk.key();
      case Mutation.PutBucket _,Mutation.DeleteBucket _,Mutation.PutUser _,Mutation.DeleteUser _ -> "";
      case Mutation.MarkDead _,Mutation.SetVolumeState _ -> "";
    };
  }

  private static void describe(Mutation mutation, ObjectNode detail) {
    switch (mutation) {
      case Mutation.PutVersion put -> version(put.body(), detail);
      case Mutation.SetTags tags -> {
        detail.put("ofVersion", CommitSequence.text(tags.version()));
        tags.tags().forEach(detail.putObject("tags")::put);
      }
      case Mutation.SetAcl acl -> detail.put("ofVersion", CommitSequence.text(acl.version())).put("acl", acl.acl());
      case Mutation.EraseVersion erase -> detail.put("ofVersion", CommitSequence.text(erase.version()));
      case Mutation.CreateUpload create -> {
        detail.put("upload", CommitSequence.text(create.upload()));
        attributes(create.body().attributes(), detail);
      }
      case Mutation.PutPart part -> {
        detail.put("upload", CommitSequence.text(part.upload())).put("part", part.number())
            .put("sizeBytes", part.body().sizeBytes()).put("etag", part.body().etag());
        pieces(part.body().pieces(), detail);
      }
      case Mutation.AbortUpload abort -> detail.put("upload", CommitSequence.text(abort.upload()));
      case Mutation.PutBucket put -> {
        detail.put("owner", put.bucket().ownerId()).put("region", put.bucket().region())
            .put("created", put.bucket().created().toString()).put("versioning", put.bucket().versioning().name())
            .put("objectLock", put.bucket().objectLock());
        put.bucket().durability().ifPresent(durability -> detail.put("durability", durability.text()));
        ArrayNode settings = detail.putArray("settings");
        put.bucket().settings().keySet().forEach(settings::add);
      }
      case Mutation.PutUser put -> detail.put("user", put.id()).put("displayName", put.body().displayName())
          .put("accessKey", put.body().accessKey()).put("admin", put.body().admin());
      case Mutation.DeleteUser delete -> detail.put("user", delete.id());
      case Mutation.MarkDead marks -> detail.put("ofVolume", marks.volume()).put("deadNeedles", marks.keys().size());
      case Mutation.SetVolumeState said -> state(said, detail);
      case Mutation.DeleteBucket _,Mutation.Chunk _ -> {
        // whom it concerns is all that there is to say
      }
    }
  }

  private static void state(Mutation.SetVolumeState said, ObjectNode detail) {
    if (said.volume() != 0) {
      detail.put("ofVolume", said.volume());
    }
    said.body().state().ifPresent(state -> detail.put("state", state.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .put("generation", said.body().generation()).put("lengthBytes", said.body().lengthBytes()));
    ArrayNode retired = JsonNodeFactory.instance.arrayNode();
    said.body().retired().forEach(range -> retired.add(range.first() + " to " + (range.end() - 1)));
    if (!retired.isEmpty()) {
      detail.set("retired", retired);
    }
  }

  private static void version(VersionBody body, ObjectNode detail) {
    detail.put("version", body.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .put("nullVersion", body.nullVersion()).put("sizeBytes", body.sizeBytes());
    if (!body.etag().isEmpty()) {
      detail.put("etag", body.etag());
    }
    if (body.partCount() > 0) {
      detail.put("parts", body.partCount());
    }
    if (body.completedUpload() != 0) {
      detail.put("completesUpload", CommitSequence.text(body.completedUpload()));
    }
    attributes(body.attributes(), detail);
    pieces(body.pieces(), detail);
  }

  private static void attributes(ObjectDraft attributes, ObjectNode detail) {
    attributes.headers().forEach(detail::put);
    attributes.userMetadata().forEach((name, value) -> detail.put("x-amz-meta-" + name, value));
    if (!attributes.tags().isEmpty()) {
      attributes.tags().forEach(detail.putObject("tags")::put);
    }
    if (!attributes.ownerId().isEmpty()) {
      detail.put("owner", attributes.ownerId());
    }
    attributes.checksum().ifPresent(
        sum -> detail.put("checksum", sum.algorithm() + " " + sum.base64() + (sum.composite() ? " of parts" : "")));
  }

  private static void pieces(List<Piece> pieces, ObjectNode detail) {
    if (!pieces.isEmpty()) {
      ArrayNode list = detail.putArray("pieces");
      pieces.forEach(piece -> list
          .add(piece.needle() + " " + piece.sizeBytes() + " B" + (piece.isList() ? " (a list)" : "")));
    }
  }
}
