#pragma once

#include "base/time.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/snapshot_source.hpp"
#include "repo/repository.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pitr {

// Stores a snapshot: chunks that the previous one does not have go into packs, compressed on `jobs` threads,
// and the manifest last. Until commit() nothing of it is a snapshot; what a crash leaves is packs that no
// manifest names.
class SnapshotWriter {
 public:
  // previous: the snapshot whose chunks may be referred to; its table is read from the repository, which must
  // outlive the writer. A previous snapshot that cannot be read is ignored, and so is each pack of it that is
  // not there.
  SnapshotWriter(const Repository& repository, std::string id, const SnapshotManifest* previous,
                 std::size_t jobs);
  ~SnapshotWriter();

  // progress is told the bytes read since it was last told.
  void add_file(const SnapshotSourceFile& file, const std::function<void(std::uint64_t bytes)>& progress);

  // Writes the manifest. The caller has set everything but id, files, size, new_bytes, table and packs, which
  // are filled in. Once only.
  void commit(SnapshotManifest& manifest);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "20261123T101112Z-1a2b3c"
std::string new_snapshot_id(Timestamp now);

}  // namespace pitr
