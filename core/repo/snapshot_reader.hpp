#pragma once

#include "base/bytes.hpp"
#include "model/snapshot_manifest.hpp"
#include "repo/repository.hpp"

#include <mutex>
#include <vector>

namespace pitr {

// Reads one snapshot's files. Safe to use from several threads at once. Errors: Errc::corrupt naming the
// object and the range of its bytes.
class SnapshotReader {
 public:
  // Reads and checks the file table. Repository and manifest must outlive the reader.
  SnapshotReader(const Repository& repository, const SnapshotManifest& manifest);

  [[nodiscard]] const FileTable& table() const { return table_; }

  // The chunk's bytes, decoded and checked against its hash; empty for a chunk of zeros. The manifest of a
  // pack is checked before its first chunk is read.
  [[nodiscard]] Bytes read_chunk(const Chunk& chunk) const;

  // Whether bytes are those of a chunk that is not one of zeros, by its hash alone.
  [[nodiscard]] bool is_chunk(const Chunk& chunk, ByteView bytes) const;

 private:
  const Repository& repository_;
  const SnapshotManifest& manifest_;
  FileTable table_;
  mutable std::vector<std::once_flag> pack_checks_;
};

// Reads a whole pack and checks every byte of it: its manifest against the reference and the hashes of its
// payload.
void verify_pack(const Repository& repository, const PackReference& pack);

}  // namespace pitr
