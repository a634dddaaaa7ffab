#include "repo/pack_writer.hpp"

#include "base/error.hpp"
#include "model/fields.hpp"
#include "repo/names.hpp"
#include "repo/payload_builder.hpp"
#include "repo/sealed.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

// Chunks read ahead of the encoders, for each of them.
constexpr std::size_t kChunksAhead = 8;

}  // namespace

PackWriter::PackWriter(const Repository& repository, std::string snapshot_id, std::size_t jobs)
    : repository_(repository),
      snapshot_id_(std::move(snapshot_id)),
      jobs_(std::max<std::size_t>(jobs, 1)),
      pool_(jobs_) {}

PackWriter::Slot PackWriter::add(Bytes raw) {
  const Slot slot{open_.number, open_.chunks.size()};
  open_.digest.update(raw);
  open_.size += raw.size();
  open_.chunks.push_back(pool_.submit(
      [codec = repository_.document().codec, chunk = std::move(raw)] { return encode(codec, chunk); }));
  if (open_.chunks.size() - open_.awaited > kChunksAhead * jobs_) open_.chunks[open_.awaited++].wait();
  if (open_.size >= kPackSize) close_pack();
  return slot;
}

// The task waits for the chunks' own tasks. It cannot wait for ever: they were submitted before it, so they
// have begun.
void PackWriter::close_pack() {
  if (storing_.size() >= jobs_) await_one_pack();
  OpenPack next;
  next.number = open_.number + 1;
  storing_.push_back(
      pool_.submit([this, pack = std::exchange(open_, std::move(next))]() mutable { return store(pack); }));
}

void PackWriter::await_one_pack() {
  stored_.push_back(storing_.front().get());
  storing_.pop_front();
}

PackWriter::StoredPack PackWriter::store(OpenPack& pack) const {
  StoredBlocks blocks(2 * kPackSize);
  std::vector<std::uint32_t> chunk_sizes;
  for (auto& chunk : pack.chunks) {
    const auto stored = chunk.get();
    blocks.write(stored);
    chunk_sizes.push_back(static_cast<std::uint32_t>(stored.size()));
  }
  blocks.finish();
  const std::string codec(codec_name(repository_.document().codec.kind));
  auto manifest = document_head("pack", repository_.document().id);
  manifest["snapshot"] = snapshot_id_;
  manifest["number"] = pack.number;
  put_payload(manifest, {pack.size, blocks.spool().size(), pack.digest.digest(), blocks.hashes(), codec});
  const auto key = pack_key(snapshot_id_, pack.number);
  const auto object = create_sealed(repository_.store(), key, manifest, blocks.spool());
  if (!object) throw Error(Errc::conflict, fmt::format("{}: somebody else has stored it", key));
  return {{key, object->size, object->payload_offset, codec, object->sum}, std::move(chunk_sizes)};
}

std::vector<PackWriter::StoredPack> PackWriter::finish() {
  if (!open_.chunks.empty()) close_pack();
  while (!storing_.empty()) await_one_pack();
  return std::move(stored_);
}

}  // namespace pitr
