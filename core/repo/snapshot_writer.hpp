#pragma once

#include "base/worker_pool.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/snapshot_source.hpp"
#include "repo/repository.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace pitr {

// Stores a snapshot: chunks that the previous one does not have go into packs, compressed on `jobs` threads, and the
// manifest last. Until commit() nothing of it is a snapshot.
class SnapshotWriter {
 public:
  static constexpr std::uint64_t kPackSize = 64 * 1024 * 1024;  // bytes raw; a pack is closed once it holds as many

  // previous: the snapshot whose chunks may be referred to; its table is read from the repository. A previous snapshot
  // that cannot be read is ignored.
  SnapshotWriter(const Repository& repository, std::string id, const SnapshotManifest* previous, std::size_t jobs);
  ~SnapshotWriter();

  void add_file(const SnapshotSourceFile& file, const std::function<void(std::uint64_t bytes_done)>& progress);

  // Writes the manifest. The caller has set everything but files, size, new_bytes, table and packs, which are filled in.
  void commit(SnapshotManifest& manifest);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "20261123T101112Z-1a2b3c"
std::string new_snapshot_id(Timestamp now);

}  // namespace pitr
