#pragma once

#include "base/json.hpp"
#include "engine/sqlite/live_wal.hpp"
#include "engine/sqlite/look_note.hpp"
#include "engine/sqlite/schema_sketch.hpp"
#include "model/segment_manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr::sqlite {

// The state a segment ends at, as its manifest tells under "sqlite": enough to prove, on the next look, what
// came after.
struct Position {
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;  // of the database at this state
  WalPlace place;
  std::uint32_t change = 0;       // the wal-index's change counter
  Xid xid;                        // ordinal of the last commit
  std::uint32_t file_change = 0;  // the file change counter in the database's header, which never goes back
  SchemaSketch schema;
  // The database file, when nothing was in the log: while it stays like that, all that comes after is in the
  // log.
  std::optional<FileState> file;
};

// Bytes 24..27 of page 1, big-endian (https://www.sqlite.org/fileformat2.html#file_change_counter).
std::uint32_t file_change_counter(ByteView page_one);

// The look at the live database in which a segment was captured, by the clock of the machine that looked.
struct Look {
  std::optional<Timestamp>
      after;       // the last look before that was archived or noted: nothing of it is in the segment
  Timestamp from;  // every commit made until then is in the state that was read
  Timestamp by;    // every commit in that state was made until then
};

// What only SQLite needs in a segment's manifest.
struct SegmentData {
  Position position;
  std::optional<std::uint32_t> first_frame;  // of a log segment: its first frame's number in the generation
  Checksum checksum_in;                      // and the running checksum before it
  Look look;
  std::string file;              // name of the database file
  Json source = Json::object();  // identity
};

// A name a database file may have in a directory of ours.
bool is_database_name(std::string_view name);

Json to_json(const SegmentData& data);
// Throws Errc::corrupt, naming `what`.
SegmentData segment_data_from_json(const Json& object, const std::string& what);
SegmentData segment_data(const SegmentManifest& manifest);

// The link token of a position: it names the place in the log. Where a state was not reached by log alone, a
// nonce makes it unlike every other.
std::string link_token(const WalPlace& place);
std::string unique_link_token(const WalPlace& place);

}  // namespace pitr::sqlite
