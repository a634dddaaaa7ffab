#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/progress.hpp"
#include "base/time.hpp"
#include "engine/log_shipping.hpp"
#include "engine/restore_mark.hpp"
#include "engine/source_key.hpp"
#include "model/facts.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/snapshot_source.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// The part [from, to) of a segment.
struct ChainSegment {
  SegmentManifest manifest;
  Lsn from;
  Lsn to;
};

// What a plan reads, in order: a snapshot's files, then segments. Safe to use from several threads at once.
class ChainContents {
 public:
  virtual ~ChainContents() = default;
  [[nodiscard]] virtual const SnapshotManifest& snapshot() const = 0;
  [[nodiscard]] virtual const FileTable& files() const = 0;
  // Empty for a chunk of zeros.
  [[nodiscard]] virtual Bytes read_chunk(const Chunk& chunk) const = 0;
  // Whether bytes are those of a chunk, which is not one of zeros, by its hash alone.
  [[nodiscard]] virtual bool is_chunk(const Chunk& chunk, ByteView bytes) const = 0;
  [[nodiscard]] virtual const std::vector<ChainSegment>& segments() const = 0;
  // Verified raw bytes; an error of any kind shows before the end of the source does.
  [[nodiscard]] virtual std::unique_ptr<ByteSource> open_segment(std::size_t index) const = 0;
};

// A segment about to be stored: all of its manifest but number, repository, archived_at and payload, and its
// raw log.
class SegmentDraft {
 public:
  virtual ~SegmentDraft() = default;
  [[nodiscard]] virtual const SegmentManifest& manifest() const = 0;
  // Writes the same bytes each time. Throws Errc::unavailable when the log moved away meanwhile; then the
  // look must be taken again.
  virtual void write_to(ByteSink& sink) = 0;
};

// What a live database's log shows beyond the newest archived segment.
struct LogSince {
  enum class Verdict {
    unchanged,  // nothing new
    continued,  // proved to go on from the head: every commit is in drafts
    bridged,  // what happened in between is or may be lost, both ends are exact: the first draft goes over it
    reverted,  // the database went back to `fork` and on from there (drafts): another timeline
    broken,    // nothing connects it with the head; a new snapshot is needed
    foreign,   // it is not the database the head was archived from
  };
  Verdict verdict = Verdict::unchanged;
  std::vector<std::unique_ptr<SegmentDraft>> drafts;
  // In drafts, a bridge as one; absent where they cannot be told for want of the key.
  std::optional<std::uint64_t> commits = 0;
  std::optional<std::uint64_t> hidden_commits;  // commits that no draft addresses, when known
  // Of reverted: the state at the fork, as if a segment ended there (its timeline is the parent). Absent when
  // no common state is archived any more.
  std::optional<SegmentManifest> fork;
  std::string reason;                // of bridged, broken, foreign and reverted, for people
  std::vector<std::string> remarks;  // what an operator must know of it, for people
  // What is wrong with the live log behind what is in drafts, whatever the verdict; empty: nothing.
  std::string damage;
};

// Who the operator says the database is.
enum class SourceClaim {
  none,
  same_database,  // moved or rebuilt in place: go on with its timeline
  new_timeline,   // a copy or a branch: begin a timeline of its own
};

struct CaptureRequest {
  fs::path source;
  fs::path state_directory;  // for notes that make the next run cheaper; only a cache
  HashSecret hash_secret{};  // of the repository: what tells changed pages from unchanged ones
  SourceClaim claim = SourceClaim::none;
  std::optional<SourceKey> key = {};
};

// A live database, held at one state from construction to destruction. Never changes the database or its log.
class Capture {
 public:
  virtual ~Capture() = default;

  // Which database this is: stored with every timeline and segment.
  [[nodiscard]] virtual Json identity() const = 0;
  // Where it is, for people: "HOST:/path".
  [[nodiscard]] virtual std::string place() const = 0;
  // Whether a recorded identity, or that in a segment, speaks of this database, by its place alone.
  [[nodiscard]] virtual bool is_at(const Json& recorded_identity) const = 0;
  [[nodiscard]] virtual bool is_at(const SegmentManifest& segment) const = 0;
  // Whether it holds all that was archived up to a segment's end, wherever it is: then it is the same
  // database, moved or copied. For engines whose logs tell that.
  [[nodiscard]] virtual bool goes_on_from(const SegmentManifest& /*segment*/) const { return false; }
  [[nodiscard]] virtual std::optional<RestoreMark> restore_mark() const = 0;
  // What an operator should know of this database, whatever is archived of it.
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }

  // The segment that begins a chain at this state, which gets this LSN. `before` is the segment before the
  // hole, null at the beginning of everything.
  [[nodiscard]] virtual std::unique_ptr<SegmentDraft> start(Lsn lsn, const SegmentManifest* before) = 0;
  // Whether that state is a database without any log, which a snapshot can be taken of at any later time.
  [[nodiscard]] virtual bool starts_empty() const { return false; }
  // A segment without log that repeats the head's state.
  [[nodiscard]] virtual std::unique_ptr<SegmentDraft> mark(const SegmentManifest& head) = 0;
  // The state that contents end at, as if a segment ended there, for a timeline that has none yet: what
  // log_since() compares a restored database with.
  [[nodiscard]] virtual SegmentManifest state_at_end(const ChainContents& contents) = 0;

  // Gives the archived state at the head, from the repository; null where that cannot be read back.
  using ContentsAtHead = std::function<std::unique_ptr<ChainContents>()>;

  // What came after the head, the newest segment of a timeline. contents is called only where the engine's
  // own notes do not do. Where it answers null, some databases can only be told to be broken off from the
  // chain.
  [[nodiscard]] virtual LogSince log_since(const SegmentManifest& head, const ContentsAtHead& contents) = 0;
  // A draft was stored, as this manifest says: the engine may note the state it ends at.
  virtual void stored(SegmentDraft& draft, const SegmentManifest& manifest) = 0;
  // Everything up to the state held is stored, and ends at `head`: the engine may note that it looked.
  virtual void finished(const SegmentManifest& head) = 0;

  // The point that a segment of this database ends at.
  [[nodiscard]] virtual Point point_of(const SegmentManifest& segment) const = 0;

  // The files of a snapshot at the state held, which is where `head` ends, and its manifest: all but id,
  // created_at and what the writer fills in. contents: as of log_since(). Throws Errc::unavailable when the
  // log moved away meanwhile; then the look must be taken again.
  struct Files {
    SnapshotManifest manifest;
    std::vector<SnapshotSourceFile> files;
  };
  [[nodiscard]] virtual Files snapshot_files(const SegmentManifest& head, const ContentsAtHead& contents) = 0;
};

// How a database that recovers by itself from its restored files shall do so. All but the last speak of a
// server.
struct RecoveryOptions {
  enum class Action { promote, pause, shut_down };            // once the target is reached
  std::vector<std::pair<std::string, fs::path>> tablespaces;  // by OID or name: where they go
  Action action = Action::promote;
  bool keeps_archiving = false;            // its archive settings stay as they were
  bool replays = false;                    // the server is run until it has recovered, and shut down again
  std::optional<fs::path> binaries;        // the server's programs; default: searched for
  std::vector<std::string> fetch_command;  // gets a log file, given its name and where to put it
  bool delta = false;  // the target holds a database already: only what differs is written
  bool force = false;  // with delta: what is not the database's own may be removed
  // Only what the database would find when it is opened again, not what its process had in memory from before
  // its log was truncated.
  bool generation_only = false;
  bool operator==(const RecoveryOptions&) const = default;
};

// A directory that a restore writes into besides its target.
struct OtherDirectory {
  std::string name;  // what it is, for people: "tablespace fast"
  fs::path path;
  std::uint64_t space_needed = 0;  // bytes
};

// A directory that is restored, and one inside it for what is not finished.
struct RestorePlace {
  fs::path target;
  fs::path staging;
};

struct ReplayRequest {
  const ChainContents& contents;
  Lsn stop;                    // records that end at or before it are kept
  TimelineId timeline;         // whose history the result is part of
  fs::path staging_directory;  // empty, unless with delta; everything is written here first
  fs::path target_directory;   // on the same file system; the finished database appears here in one step
  RestoreMark mark;            // `file` is filled in by the engine
  RecoveryOptions recovery;    // for engines that take them
  std::size_t jobs = 1;
  Progress& progress;
  std::vector<RestorePlace> others = {};  // as Engine::other_directories() named them, in that order
  const SourceKey* key = nullptr;         // of an encrypted database, where it is known
};

struct ReplayResult {
  std::vector<std::string> files;    // the databases in the target directory, where it is not one itself
  std::string next_step;             // what is left to do, for people; empty: nothing
  std::uint64_t snapshot_bytes = 0;  // raw bytes read
  std::uint64_t log_bytes = 0;
  std::uint64_t records = 0;  // in the log up to the target
  std::uint64_t transactions = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t compared_bytes = 0;  // of what was there before, with delta
  std::uint64_t size = 0;            // of the restored database
  Duration snapshot_time{};
  Duration log_time{};
  Duration sync_time{};
};

// What differs between databases. One object per kind of database, without state.
class Engine {
 public:
  virtual ~Engine() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual LsnNotation notation() const = 0;
  [[nodiscard]] virtual LogTraits log_traits() const { return {}; }
  // The environment variable in which the database's own software takes its key; empty: its databases have
  // none.
  [[nodiscard]] virtual std::string_view key_variable() const { return {}; }
  // What an operator should know before the first archiving, for people; empty: nothing.
  [[nodiscard]] virtual std::string advice() const { return {}; }
  // Reads a segment's raw log to its end and checks every record, and all that the manifest says of them. Of
  // an encrypted log without key (null) only what shows without: the rest is counted as sealed. Throws
  // Errc::corrupt, naming the segment and the offset in its raw log, where they do not hold; a usage error
  // for a key that is not this database's.
  [[nodiscard]] virtual SegmentFacts scan(const SegmentManifest& manifest, ByteSource& raw,
                                          const SourceKey* key) const = 0;
  // Opens and pins a live database. Errc::not_found, usage (cannot be archived as it is), corrupt,
  // unavailable (busy). Only of engines without shipping().
  [[nodiscard]] virtual std::unique_ptr<Capture> capture(const CaptureRequest& request) const;
  // How its databases hand over their log; null for those that are looked at.
  [[nodiscard]] virtual const LogShipping* shipping() const { return nullptr; }
  // What an operator must know of a snapshot, or of the log in a segment, before it is relied on, for people.
  [[nodiscard]] virtual std::vector<std::string> remarks(const SnapshotManifest& /*snapshot*/) const {
    return {};
  }
  [[nodiscard]] virtual std::vector<std::string> remarks(const SegmentManifest& /*segment*/) const {
    return {};
  }
  // Bytes that a restore needs in the target's file system.
  [[nodiscard]] virtual std::uint64_t space_needed(const ChainContents& contents) const = 0;
  // Directories besides the target that a restore writes into. Throws a usage error for options that name
  // none that can be.
  [[nodiscard]] virtual std::vector<OtherDirectory> other_directories(const ChainContents& /*contents*/,
                                                                      const RecoveryOptions& /*options*/,
                                                                      const fs::path& /*target*/) const {
    return {};
  }
  // Throws a usage error when the options cannot be followed on this machine; before anything is written.
  // Returns warnings.
  [[nodiscard]] virtual std::vector<std::string> check_recovery(const SnapshotManifest& snapshot,
                                                                const RecoveryOptions& options,
                                                                const fs::path& target) const;
  // With delta: what is in the target and is not the database's own, and would be removed; paths for people.
  // Throws Errc::conflict when the target holds no database that can be overwritten.
  [[nodiscard]] virtual std::vector<std::string> foreign_entries(const ChainContents& /*contents*/,
                                                                 const RecoveryOptions& /*options*/,
                                                                 const RestorePlace& /*place*/) const {
    return {};
  }
  virtual ReplayResult replay(const ReplayRequest& request) const = 0;

 protected:
  // For check_recovery() of databases whose log is all there is to recover from.
  void refuse_generation_only(const RecoveryOptions& options) const;
};

}  // namespace pitr
