#pragma once

#include "engine/sochdb/engine.hpp"
#include "engine/sochdb/segment_data.hpp"
#include "fixture.hpp"
#include "support/memory_chain.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pitr::sochdb::test {

using pitr::test::MemoryChain;
using pitr::test::StoredSegment;
using pitr::test::TempDir;

// That of the case enc-1, as SochDB's server takes it.
inline const std::string kOperatorKey = "PEYnkDZgDKH48zEWlQBtF8ukVVtXkOeOm4FctMHfJvc=";

// A database's directory, with whatever log a test puts into it.
class Database {
 public:
  [[nodiscard]] fs::path path() const { return directory_.path(); }
  // As a program that writes on, or truncates, does: into the same file.
  void write_log(const std::string& text) const { write("wal.log", text); }
  void write(const std::string& name, const std::string& text) const;

 private:
  TempDir directory_;
};

// What is restored.
struct Restored {
  std::string log;
  std::string manifest;  // wal.manifest
  std::optional<std::string> keyring;
  ReplayResult result;
};

// A repository of one timeline, in memory, without the layers above an engine.
class Archive {
 public:
  explicit Archive(const Database& database, std::optional<SourceKey> key = {})
      : database_(database), key_(std::move(key)) {}

  // What one run of `archive` does; what it finds is stored unless the chain cannot go on with it.
  LogSince::Verdict run(SourceClaim claim = SourceClaim::none);
  // What the last run found.
  [[nodiscard]] const LogSince& since() const { return since_; }
  void take_snapshot();

  [[nodiscard]] const std::vector<StoredSegment>& segments() const { return segments_; }
  [[nodiscard]] const SegmentManifest& head() const { return segments_.back().manifest; }
  [[nodiscard]] SegmentFacts scan(const StoredSegment& segment) const;
  // The chain up to a position, from the newest snapshot or from the first.
  [[nodiscard]] std::unique_ptr<MemoryChain> chain(Lsn to) const;
  [[nodiscard]] std::unique_ptr<MemoryChain> chain_from_start(Lsn to) const;
  [[nodiscard]] Restored restore(const MemoryChain& chain, Lsn to, bool generation_only = false) const;
  [[nodiscard]] std::string restored_log(Lsn to) const { return restore(*chain(to), to).log; }
  [[nodiscard]] std::string restored_log() const { return restored_log(head().end_lsn); }

 private:
  [[nodiscard]] std::unique_ptr<Capture> capture(SourceClaim claim) const;
  [[nodiscard]] std::unique_ptr<MemoryChain> chain_on(const MemoryChain& snapshot, Lsn to) const;
  void store(SegmentDraft& draft);
  void add_snapshot(Capture& live);

  const Database& database_;
  std::optional<SourceKey> key_;
  LogSince since_;
  std::vector<StoredSegment> segments_;
  std::vector<MemoryChain> snapshots_;
};

// The state that SochDB recovers from a log, by its digest.
std::string state_of(const std::string& log);

}  // namespace pitr::sochdb::test
