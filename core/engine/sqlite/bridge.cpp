#include "engine/sqlite/bridge.hpp"

#include "base/error.hpp"
#include "engine/sqlite/stored_wal.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

constexpr std::uint32_t kBlock = 1024 * 1024;

class ChainHasher {
 public:
  ChainHasher(const HashSecret& secret, std::uint32_t page_size, PageHashes& hashes)
      : secret_(secret), page_size_(page_size), hashes_(hashes) {}

  void add_file(const ChainContents& contents, const SnapshotFile& file) {
    const std::uint64_t zero_page = keyed_hash64_of(Bytes(page_size_), secret_);
    std::uint32_t page = 1;
    for (const Chunk& chunk : file.chunks) {
      const Bytes bytes = contents.read_chunk(chunk);
      std::vector<std::uint64_t> block(chunk.size / page_size_, zero_page);
      for (std::size_t i = 0; !bytes.empty() && i < block.size(); ++i) {
        block[i] = keyed_hash64_of(ByteView(bytes).subspan(i * page_size_, page_size_), secret_);
      }
      hashes_.set(page, block);
      page += static_cast<std::uint32_t>(block.size());
    }
    result_.pages = page - 1;
  }

  void add_segment(const ChainSegment& segment, ByteSource& source) {
    const SegmentManifest& manifest = segment.manifest;
    StoredWal wal(source, page_size_,
                  fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value));
    std::vector<PageHashes::Update> transaction;
    std::vector<PageHashes::Update> updates;
    while (const auto frame = wal.next()) {
      const std::uint64_t position = manifest.start_lsn.value + wal.frames();
      if (position > segment.to.value) break;
      if (position <= segment.from.value) continue;
      transaction.emplace_back(frame->page, keyed_hash64_of(frame->image(page_size_), secret_));
      if (frame->commit_pages == 0) continue;
      result_.pages = frame->commit_pages;
      ++result_.commits;
      updates.insert(updates.end(), transaction.begin(), transaction.end());
      transaction.clear();
    }
    hashes_.set(std::move(updates));
  }

  [[nodiscard]] HashedChain result() const { return result_; }

 private:
  const HashSecret& secret_;
  std::uint32_t page_size_;
  PageHashes& hashes_;
  HashedChain result_;
};

}  // namespace

bool ImageComparison::mostly_same(std::uint32_t archived_pages) const {
  return same_count * 2 > std::max<std::uint64_t>(changed.size(), archived_pages);
}

ImageComparison compare(const PinnedImage& live, const PageHashes& archived, const HashSecret& secret) {
  ImageComparison result;
  result.changed.resize(live.page_count());
  result.resized = live.page_count() != archived.page_count();
  const std::uint32_t page_size = live.page_size();
  const auto block_pages = kBlock / page_size;
  Bytes block(std::uint64_t{block_pages} * page_size);
  std::vector<std::uint64_t> hashes(block_pages);
  for (std::uint32_t first = 0; first < live.page_count(); first += block_pages) {
    const std::uint32_t pages = std::min(block_pages, live.page_count() - first);
    live.read(std::uint64_t{first} * page_size, std::span(block).first(std::size_t{pages} * page_size));
    const std::uint32_t known =
        first < archived.page_count() ? std::min(pages, archived.page_count() - first) : 0;
    if (known > 0) archived.read(first + 1, std::span(hashes).first(known));
    for (std::uint32_t i = 0; i < pages; ++i) {
      const ByteView page = ByteView(block).subspan(std::size_t{i} * page_size, page_size);
      if (i < known && keyed_hash64_of(page, secret) == hashes[i]) {
        ++result.same_count;
      } else {
        result.changed[first + i] = true;
        ++result.changed_count;
      }
    }
  }
  return result;
}

HashedChain hash_chain(const ChainContents& contents, const HashSecret& secret, std::uint32_t page_size,
                       PageHashes& hashes) {
  if (contents.files().files.size() != 1 || contents.files().files.front().size % page_size != 0) {
    throw Error(Errc::corrupt,
                fmt::format("snapshot {} is not of one database of whole pages", contents.snapshot().id));
  }
  ChainHasher hasher(secret, page_size, hashes);
  hasher.add_file(contents, contents.files().files.front());
  for (std::size_t i = 0; i < contents.segments().size(); ++i) {
    const auto source = contents.open_segment(i);
    hasher.add_segment(contents.segments()[i], *source);
  }
  return hasher.result();
}

}  // namespace pitr::sqlite
