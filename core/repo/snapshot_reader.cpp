#include "repo/snapshot_reader.hpp"

#include "base/error.hpp"
#include "model/fields.hpp"
#include "repo/codec.hpp"
#include "repo/names.hpp"
#include "repo/object_reader.hpp"
#include "repo/payload_reader.hpp"
#include "repo/sealed.hpp"

#include <string>
#include <variant>

#include <fmt/format.h>

namespace pitr {

namespace {

// Some 16 TB of files.
constexpr std::uint64_t kMaxTableSize = std::uint64_t{4} << 30U;

[[noreturn]] void fail(const std::string& key, std::string_view problem) {
  throw Error(Errc::corrupt, fmt::format("{}: {}", key, problem));
}

[[noreturn]] void fail(const PackReference& pack, const Chunk& chunk, std::string_view problem) {
  const auto from = pack.payload_offset + chunk.offset;
  fail(pack.name, fmt::format("bytes [{}, {}) {}", from, from + chunk.stored_size, problem));
}

void check_chunks(const FileTable& table, const SnapshotManifest& manifest, const std::string& key) {
  for (const auto& file : table.files) {
    for (const auto& chunk : file.chunks) {
      if (!chunk.pack) continue;
      const auto& pack = manifest.packs[*chunk.pack];
      const auto payload = pack.object_size - pack.payload_offset;
      if (chunk.stored_size > payload || chunk.offset > payload - chunk.stored_size) {
        fail(key, fmt::format("{} has a chunk beyond the end of {}", file.path, pack.name));
      }
    }
  }
}

// The snapshot's table, from the object that this manifest was read from.
FileTable read_table(const Repository& repository, const SnapshotManifest& manifest) {
  const auto key = snapshot_key(manifest.id);
  const auto notation = repository.document().notation;
  const auto found = ObjectReader(repository.store(), repository.document()).snapshot({{manifest.id}, {}});
  if (!found) fail(key, "is missing");
  if (to_json(found->manifest, notation) != to_json(manifest, notation)) {
    fail(key, "is not the snapshot that it was before");
  }
  const auto source = open_payload(repository.store(), {key, found->payload_offset}, manifest.table);
  const auto text = read_all(*source, kMaxTableSize, key);
  auto table = file_table_from_json(parse_json(as_text(text), key), manifest.packs.size(), key);
  check_chunks(table, manifest, key);
  return table;
}

// The pack's manifest, once it is the one that was referred to.
PayloadManifest read_pack_manifest(const Repository& repository, const PackReference& pack) {
  const auto header = read_sealed_header(repository.store(), pack.name);
  if (!header) fail(pack.name, "is missing");
  if (header->sum != pack.sum) fail(pack.name, "its manifest is not the one that the snapshot refers to");
  const JsonReader reader(header->manifest, pack.name);
  const auto owner = read_document_head(reader, "pack");
  auto payload = payload_from_json(reader);
  const auto name = parse_object_name(pack.name);
  const auto* parsed = std::get_if<PackName>(&name);
  const bool is_named = parsed != nullptr && parsed->snapshot_id == reader.string("snapshot") &&
                        parsed->number == reader.u32("number") && owner == repository.document().id;
  if (!is_named) fail(pack.name, "its content speaks of something else than its name");
  if (header->payload_offset != pack.payload_offset || payload.codec != pack.codec ||
      header->payload_offset + payload.stored_size != pack.object_size) {
    fail(pack.name, "its manifest does not agree with the snapshot that refers to it");
  }
  return payload;
}

}  // namespace

SnapshotReader::SnapshotReader(const Repository& repository, const SnapshotManifest& manifest)
    : repository_(repository),
      manifest_(manifest),
      table_(read_table(repository, manifest)),
      pack_checks_(manifest.packs.size()) {}

Bytes SnapshotReader::read_chunk(const Chunk& chunk) const {
  if (!chunk.pack) return {};
  const auto& pack = manifest_.packs.at(*chunk.pack);
  std::call_once(pack_checks_[*chunk.pack], [&] { read_pack_manifest(repository_, pack); });
  const auto offset = pack.payload_offset + chunk.offset;
  const auto stored = repository_.store().read(pack.name, offset, chunk.stored_size);
  if (!stored) fail(pack.name, "is missing");
  if (stored->size() != chunk.stored_size) fail(pack, chunk, "should be there, but the object ends before");
  auto raw = decode(codec_kind(pack.codec), *stored, chunk.size, pack.name, offset);
  if (!is_chunk(chunk, raw)) fail(pack, chunk, "do not match the chunk's hash");
  return raw;
}

bool SnapshotReader::is_chunk(const Chunk& chunk, ByteView bytes) const {
  return bytes.size() == chunk.size &&
         keyed_digest_of(bytes, repository_.document().chunk_secret) == chunk.hash;
}

void verify_pack(const Repository& repository, const PackReference& pack) {
  const auto payload = read_pack_manifest(repository, pack);
  const auto stored = open_stored(repository.store(), {pack.name, pack.payload_offset}, payload);
  Bytes buffer(kPayloadBlock);
  while (stored->read(buffer) > 0) {
  }
}

}  // namespace pitr
