#include "repo/snapshot_writer.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "repo/names.hpp"
#include "repo/pack_writer.hpp"
#include "repo/payload_builder.hpp"
#include "repo/sealed.hpp"
#include "repo/snapshot_reader.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace pitr {

namespace {

// Whatever the repository's codec is: the manifest's name says so, and a table is mostly text.
constexpr Codec kTableCodec{CodecKind::zstd, 3};

constexpr std::uint32_t kModeBits = 07777;

bool is_zero(ByteView bytes) {
  return bytes.front() == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

// The chunks of an earlier snapshot that may be referred to.
class PreviousChunks {
 public:
  PreviousChunks(const Repository& repository, const SnapshotManifest* manifest) : repository_(repository) {
    if (manifest == nullptr) return;
    try {
      table_ = SnapshotReader(repository, *manifest).table();
    } catch (const Error& e) {
      if (e.code() != Errc::corrupt && e.code() != Errc::io_error) throw;
      return;
    }
    packs_ = manifest->packs;
    is_there_.resize(packs_.size());
    for (const auto& file : table_.files) files_.emplace(file.path, &file);
  }

  [[nodiscard]] const SnapshotFile* file(const std::string& path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : found->second;
  }

  // Whether the pack is still there as it was stored, as far as its size shows.
  bool has_pack(std::uint32_t index) {
    auto& known = is_there_[index];
    if (!known) known = repository_.store().size_of(packs_[index].name) == packs_[index].object_size;
    return *known;
  }

  [[nodiscard]] const PackReference& pack(std::uint32_t index) const { return packs_[index]; }

 private:
  const Repository& repository_;
  FileTable table_;
  std::map<std::string, const SnapshotFile*> files_;
  std::vector<PackReference> packs_;
  std::vector<std::optional<bool>> is_there_;
};

}  // namespace

struct SnapshotWriter::Impl {
  Impl(const Repository& repo, std::string snapshot_id, const SnapshotManifest* previous_manifest,
       std::size_t jobs)
      : repository(repo),
        id(std::move(snapshot_id)),
        previous(repo, previous_manifest),
        writer(repo, id, jobs) {}

  Chunk store_chunk(Bytes raw, const Chunk* before);
  std::uint32_t refer_to(std::uint32_t previous_pack);
  std::uint64_t place_new_chunks();

  // A chunk whose place in its pack is not known yet.
  struct NewChunk {
    std::size_t file;
    std::size_t chunk;
    PackWriter::Slot slot;
  };

  const Repository& repository;
  std::string id;
  PreviousChunks previous;
  std::map<std::uint32_t, std::uint32_t> referred;  // index of a previous pack, to its index in `packs`
  std::vector<PackReference> packs;
  FileTable table;
  std::vector<NewChunk> new_chunks;
  PackWriter writer;
};

Chunk SnapshotWriter::Impl::store_chunk(Bytes raw, const Chunk* before) {
  Chunk chunk;
  chunk.size = static_cast<std::uint32_t>(raw.size());
  if (is_zero(raw)) return chunk;
  chunk.hash = keyed_digest_of(raw, repository.document().chunk_secret);
  const bool is_known = before != nullptr && before->pack && before->size == chunk.size &&
                        before->hash == chunk.hash && previous.has_pack(*before->pack);
  if (is_known) {
    chunk.pack = refer_to(*before->pack);
    chunk.offset = before->offset;
    chunk.stored_size = before->stored_size;
  } else {
    auto& file = table.files.back();
    new_chunks.push_back({table.files.size() - 1, file.chunks.size(), writer.add(std::move(raw))});
  }
  return chunk;
}

std::uint32_t SnapshotWriter::Impl::refer_to(std::uint32_t previous_pack) {
  const auto [found, is_new] = referred.emplace(previous_pack, static_cast<std::uint32_t>(packs.size()));
  if (is_new) packs.push_back(previous.pack(previous_pack));
  return found->second;
}

// Ends the packs; returns their size.
std::uint64_t SnapshotWriter::Impl::place_new_chunks() {
  const auto first = static_cast<std::uint32_t>(packs.size());
  const auto stored = writer.finish();
  std::uint64_t bytes = 0;
  std::vector<std::vector<std::uint64_t>> offsets;
  for (const auto& pack : stored) {
    packs.push_back(pack.reference);
    bytes += pack.reference.object_size;
    std::uint64_t offset = 0;
    auto& of_pack = offsets.emplace_back();
    for (const auto size : pack.chunk_sizes) {
      of_pack.push_back(offset);
      offset += size;
    }
  }
  for (const auto& [file, index, slot] : new_chunks) {
    auto& chunk = table.files[file].chunks[index];
    chunk.pack = first + slot.pack;
    chunk.offset = offsets[slot.pack][slot.chunk];
    chunk.stored_size = stored[slot.pack].chunk_sizes[slot.chunk];
  }
  return bytes;
}

SnapshotWriter::SnapshotWriter(const Repository& repository, std::string id, const SnapshotManifest* previous,
                               std::size_t jobs)
    : impl_(std::make_unique<Impl>(repository, std::move(id), previous, jobs)) {}

SnapshotWriter::~SnapshotWriter() = default;

void SnapshotWriter::add_file(const SnapshotSourceFile& file,
                              const std::function<void(std::uint64_t)>& progress) {
  const auto* before = impl_->previous.file(file.path);
  impl_->table.files.push_back({file.path, file.size, file.mode & kModeBits, {}});
  for (std::uint64_t offset = 0; offset < file.size; offset += kChunkSize) {
    Bytes raw(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkSize, file.size - offset)));
    const auto size = raw.size();
    file.read(offset, raw);
    const auto index = static_cast<std::size_t>(offset / kChunkSize);
    const auto* chunk_before =
        before != nullptr && index < before->chunks.size() ? &before->chunks[index] : nullptr;
    auto chunk = impl_->store_chunk(std::move(raw), chunk_before);
    impl_->table.files.back().chunks.push_back(chunk);
    if (progress) progress(size);
  }
}

void SnapshotWriter::commit(SnapshotManifest& manifest) {
  manifest.id = impl_->id;
  manifest.new_bytes = impl_->place_new_chunks();
  manifest.packs = impl_->packs;
  manifest.files = impl_->table.files.size();
  manifest.size = 0;
  for (const auto& file : impl_->table.files) manifest.size += file.size;
  PayloadBuilder payload(kTableCodec);
  payload.write(as_bytes(to_json(impl_->table).dump() + '\n'));
  payload.finish();
  manifest.table = payload.manifest();
  const auto& repository = impl_->repository;
  const auto key = snapshot_key(impl_->id);
  const auto json = to_json(manifest, repository.document().notation);
  if (!create_sealed(repository.store(), key, json, payload.stored())) {
    throw Error(Errc::conflict, fmt::format("{}: somebody else has stored it", key));
  }
}

std::string new_snapshot_id(Timestamp now) { return format_time_compact(now) + '-' + random_hex(3); }

}  // namespace pitr
