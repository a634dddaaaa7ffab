#pragma once

#include "base/json.hpp"
#include "model/snapshot_manifest.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pitr::postgresql {

// A directory of the cluster, made again even where no file of the snapshot is in it.
struct ClusterDirectory {
  std::string path;  // relative to the data directory, as in SnapshotFile
  std::uint32_t mode = 0700;
};

// A tablespace outside the data directory. Its files are stored as pg_tblspc/OID/...
struct Tablespace {
  std::uint32_t oid = 0;
  std::string name;
  std::string location;  // absolute, on the host of the cluster
};

// A page of the cluster whose checksum did not hold when the snapshot was taken.
struct DamagedPage {
  std::string file;         // relative to the data directory
  std::uint32_t block = 0;  // in the relation
};

// What only PostgreSQL needs in a snapshot's manifest.
struct SnapshotData {
  std::uint64_t system_identifier = 0;
  int version = 0;  // major
  std::uint32_t segment_size = 0;
  bool checksums = false;     // of data pages
  std::uint32_t mode = 0700;  // of the data directory: 0700, or 0750 where its group may read
  std::vector<ClusterDirectory> directories;
  std::vector<Tablespace> tablespaces;
  bool from_standby = false;
  std::uint64_t damaged_pages = 0;
  std::vector<DamagedPage> listed_damage;  // the first of them
};

// {"system_identifier": "7312...", "version": 15, "segment_size": 16777216, "checksums": true, "mode": 448,
// "directories": [{"path", "mode"}], "tablespaces": [{"oid", "name", "location"}], "from_standby": false,
// "damaged_pages": {"count": 0, "first": [{"file", "block"}]}}. Throws Errc::internal for
// data that could not be read back.
Json to_json(const SnapshotData& data);
// Checks every member; throws Errc::corrupt naming `what`.
SnapshotData snapshot_data_from_json(const Json& object, const std::string& what);
SnapshotData snapshot_data(const SnapshotManifest& manifest);

// Engine::remarks: on damaged pages.
std::vector<std::string> remarks(const SnapshotManifest& manifest);

}  // namespace pitr::postgresql
