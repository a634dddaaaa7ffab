#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "model/payload.hpp"
#include "model/point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr {

// A pack that holds chunks of a snapshot, this one's or an earlier one's.
struct PackReference {
  std::string name;  // the object's name in the repository
  std::uint64_t object_size = 0;
  std::uint64_t payload_offset = 0;
  std::string codec;
  Digest sum;  // the sum of the pack's manifest, which covers the hashes of its payload
};

// What a snapshot says of itself; its file table is the payload that follows. See pitrctl-repository(5).
struct SnapshotManifest {
  std::string repository;
  std::string engine;
  std::string id;
  TimelineId timeline;
  Lsn start_lsn;                         // replay begins here
  Lsn consistent_lsn;                    // the earliest point it can be restored to
  SegmentNumber next_number;             // the first segment that replay may need
  std::string link;                      // the link_in of the segment that continues it; empty: not known
  Point point;                           // at consistent_lsn
  bool empty = false;                    // nothing was committed before it
  std::optional<Timestamp> captured_to;  // as in SegmentManifest
  Timestamp created_at;
  std::uint64_t files = 0;
  std::uint64_t size = 0;       // bytes of all files
  std::uint64_t new_bytes = 0;  // bytes this snapshot added to the repository's packs
  PayloadManifest table;        // the file table
  std::vector<PackReference> packs;
  Json engine_data = Json::object();
};

// Throws Errc::internal for a manifest that could not be read back. The table's payload is the object
// "table".
Json to_json(const SnapshotManifest& manifest, LsnNotation notation);
// Checks every field; throws Errc::corrupt naming `what`. Unknown fields are ignored, a higher format is
// refused.
SnapshotManifest snapshot_manifest_from_json(const Json& json, LsnNotation notation, const std::string& what);

// Where a chunk's bytes are. A chunk of zeros is stored nowhere and has no pack.
struct Chunk {
  std::optional<std::uint32_t> pack;  // index into SnapshotManifest::packs
  std::uint64_t offset = 0;           // in the pack's payload
  std::uint32_t stored_size = 0;
  std::uint32_t size = 0;
  Digest hash;  // keyed with the repository's secret; not kept for zeros
};

struct SnapshotFile {
  std::string path;  // relative, '/' between parts, never "..", never absolute
  std::uint64_t size = 0;
  std::uint32_t mode = 0;  // permission bits
  std::vector<Chunk> chunks;
};

// A snapshot's files. Chunks are kChunkSize bytes each, the last of a file what is left.
struct FileTable {
  std::vector<SnapshotFile> files;
};

inline constexpr std::uint32_t kChunkSize = 256 * 1024;

// {"files": [{"path", "size", "mode", "chunks"}]}. A chunk is [pack, offset, stored_size, "hash"], or 0 for
// one of zeros; its size follows from the file's. The hash of a chunk of zeros is not stored, and reads back
// as Digest{}. Throws a usage error for a path that JSON cannot hold (not UTF-8), Errc::internal for a table
// that could not be read back.
Json to_json(const FileTable& table);
// Checks everything; packs is how many there are to point into.
FileTable file_table_from_json(const Json& json, std::size_t packs, const std::string& what);

}  // namespace pitr
