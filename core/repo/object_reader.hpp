#pragma once

#include "model/file_manifest.hpp"
#include "model/restore_point.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/timeline.hpp"
#include "repo/names.hpp"
#include "repo/repository_document.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr {

// What to read: an object's name, and its size where a listing told it.
template <typename Name>
struct Wanted {
  Name name;
  std::optional<std::uint64_t> object_size;
};

template <typename Manifest>
struct FoundManifest {
  Manifest manifest;
  std::uint64_t payload_offset = 0;
};

// Reads objects of one repository and checks that each is what its name says, belongs to the repository, and
// has the size that its manifest gives. Nothing when there is no such object; Errc::corrupt, naming it, when
// it is not right. Store and document must outlive it. Safe to use from several threads at once.
class ObjectReader {
 public:
  ObjectReader(const Store& store, const RepositoryDocument& document) : store_(store), document_(document) {}

  [[nodiscard]] std::optional<TimelineDocument> timeline(TimelineId id) const;
  [[nodiscard]] std::optional<RestorePoint> restore_point(const RestorePointName& name) const;
  [[nodiscard]] std::optional<FoundManifest<SnapshotManifest>> snapshot(
      const Wanted<SnapshotName>& wanted) const;
  [[nodiscard]] std::optional<FoundManifest<SegmentManifest>> segment(
      const Wanted<SegmentName>& wanted) const;
  [[nodiscard]] std::optional<FoundManifest<FileManifest>> file(const Wanted<FileName>& wanted) const;

 private:
  void check_repository(const std::string& repository, const std::string& key) const;
  void check_engine(const std::string& engine, const std::string& key) const;

  const Store& store_;
  const RepositoryDocument& document_;
};

}  // namespace pitr
