#pragma once

#include "base/digest.hpp"
#include "base/file.hpp"
#include "engine/engine.hpp"
#include "engine/postgresql/page_header.hpp"
#include "engine/postgresql/segment_name.hpp"
#include "engine/postgresql/snapshot_data.hpp"
#include "support/memory_source.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>

namespace pitr::test {

// A base backup in a directory, and files of the log, as the snapshot and the segments of a chain.
class ClusterChain : public ChainContents {
 public:
  ClusterChain(SnapshotManifest manifest, const fs::path& backup) : manifest_(std::move(manifest)) {
    secret_.fill(std::byte{0x5C});
    add_files(backup, "");
    std::sort(table_.files.begin(), table_.files.end(),
              [](const SnapshotFile& a, const SnapshotFile& b) { return a.path < b.path; });
  }

  // In order; `to` cuts it off.
  void add_segment(const fs::path& path, std::optional<Lsn> to = {}) {
    Bytes raw = read_whole_file(path);
    const auto name = postgresql::parse_log_file_name(path.filename().native());
    const auto header = postgresql::parse_segment_header(raw, path.native());
    ChainSegment segment;
    segment.manifest.timeline = name->segment.timeline;
    segment.manifest.start_lsn = header.page.address;
    segment.manifest.end_lsn = {header.page.address.value + raw.size()};
    segment.manifest.number = {header.page.address.value / raw.size()};
    segment.manifest.payload.size = raw.size();
    segment.from = segment.manifest.start_lsn;
    segment.to = to ? std::min(*to, segment.manifest.end_lsn) : segment.manifest.end_lsn;
    segments_.push_back(std::move(segment));
    raw_.emplace_back(as_text(raw));
  }

  [[nodiscard]] const SnapshotManifest& snapshot() const override { return manifest_; }
  [[nodiscard]] const FileTable& files() const override { return table_; }
  [[nodiscard]] Bytes read_chunk(const Chunk& chunk) const override {
    ++chunks_read;
    const auto& [path, offset] = sources_.at(chunk.offset);
    Bytes bytes(chunk.size);
    read_at(open_file(path, O_RDONLY).get(), bytes, offset, path);
    return bytes;
  }
  [[nodiscard]] bool is_chunk(const Chunk& chunk, ByteView bytes) const override {
    return keyed_digest_of(bytes, secret_) == chunk.hash;
  }
  [[nodiscard]] const std::vector<ChainSegment>& segments() const override { return segments_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(std::size_t index) const override {
    return std::make_unique<MemorySource>(raw_.at(index));
  }

  mutable std::atomic<std::size_t> chunks_read = 0;

 private:
  void add_files(const fs::path& directory, const std::string& prefix) {
    for (const auto& entry : fs::directory_iterator(directory)) {
      const std::string path = prefix + entry.path().filename().native();
      if (prefix.empty() && path == "pg_wal") continue;
      if (fs::is_directory(entry.path())) {
        add_files(entry.path(), path + "/");
      } else {
        add_file(entry.path(), path);
      }
    }
  }

  void add_file(const fs::path& source, const std::string& path) {
    const Bytes bytes = read_whole_file(source);
    struct stat status = stat_of(open_file(source, O_RDONLY).get(), source);
    SnapshotFile file{path, bytes.size(), static_cast<std::uint32_t>(status.st_mode & 07777U), {}};
    for (std::size_t at = 0; at < bytes.size(); at += kChunkSize) {
      const ByteView part = ByteView(bytes).subspan(at, std::min<std::size_t>(kChunkSize, bytes.size() - at));
      Chunk chunk;
      chunk.size = static_cast<std::uint32_t>(part.size());
      if (std::any_of(part.begin(), part.end(), [](std::byte b) { return b != std::byte{0}; })) {
        chunk.pack = 0;
        chunk.offset = sources_.size();
        chunk.hash = keyed_digest_of(part, secret_);
        sources_.emplace_back(source, at);
      }
      file.chunks.push_back(chunk);
    }
    table_.files.push_back(std::move(file));
  }

  SnapshotManifest manifest_;
  HashSecret secret_{};
  FileTable table_;
  std::vector<std::pair<fs::path, std::uint64_t>> sources_;
  std::vector<ChainSegment> segments_;
  std::vector<std::string> raw_;
};

}  // namespace pitr::test
