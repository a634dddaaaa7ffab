#pragma once

// A database that is only numbers: its log is one byte per commit. A chain begins with an empty log at LSN 0,
// as SochDB's does.

#include "base/error.hpp"
#include "engine/engine.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pitr::test {

// The live database, and what it was asked for.
struct CountingDatabase {
  std::uint64_t commits = 0;
  std::string damage;
  std::vector<std::string> log_remarks;
  std::vector<std::string> remarks;
  int moves = 0;                                 // so many snapshots fail because the log went on by a commit
  std::vector<std::optional<std::string>> keys;  // those that captures and scans got
};

class CountingDraft : public SegmentDraft {
 public:
  explicit CountingDraft(SegmentManifest manifest) : manifest_(std::move(manifest)) {}
  [[nodiscard]] const SegmentManifest& manifest() const override { return manifest_; }
  void write_to(ByteSink& sink) override {
    sink.write(Bytes(manifest_.end_lsn.value - manifest_.start_lsn.value));
  }

 private:
  SegmentManifest manifest_;
};

class CountingCapture : public Capture {
 public:
  explicit CountingCapture(CountingDatabase& database) : database_(database) {}

  [[nodiscard]] Json identity() const override { return {{"name", "counting"}}; }
  [[nodiscard]] std::string place() const override { return "host:/counting"; }
  [[nodiscard]] bool is_at(const Json&) const override { return true; }
  [[nodiscard]] bool is_at(const SegmentManifest&) const override { return true; }
  [[nodiscard]] std::optional<RestoreMark> restore_mark() const override { return std::nullopt; }
  [[nodiscard]] std::vector<std::string> remarks() const override { return database_.remarks; }

  [[nodiscard]] std::unique_ptr<SegmentDraft> start(Lsn lsn, const SegmentManifest*) override {
    return draft(SegmentContent::start, lsn, lsn);
  }
  [[nodiscard]] std::unique_ptr<SegmentDraft> mark(const SegmentManifest& head) override {
    return draft(SegmentContent::mark, head.end_lsn, head.end_lsn);
  }
  [[nodiscard]] SegmentManifest state_at_end(const ChainContents&) override { return {}; }

  [[nodiscard]] LogSince log_since(const SegmentManifest& head, const ContentsAtHead&) override {
    LogSince since;
    since.remarks = database_.log_remarks;
    since.damage = database_.damage;
    if (head.end_lsn.value == database_.commits) return since;
    since.verdict = LogSince::Verdict::continued;
    since.commits = database_.commits - head.end_lsn.value;
    since.drafts.push_back(draft(SegmentContent::log, head.end_lsn, {database_.commits}));
    return since;
  }
  void stored(SegmentDraft&, const SegmentManifest&) override {}
  void finished(const SegmentManifest&) override {}
  [[nodiscard]] Point point_of(const SegmentManifest& segment) const override {
    return {segment.end_lsn, std::nullopt, std::nullopt};
  }

  [[nodiscard]] Files snapshot_files(const SegmentManifest& head, const ContentsAtHead&) override {
    if (database_.moves > 0) {
      --database_.moves;
      ++database_.commits;
      throw Error(Errc::unavailable, "the log moved");
    }
    Files files;
    files.manifest.engine = "counting";
    files.manifest.timeline = head.timeline;
    files.manifest.start_lsn = files.manifest.consistent_lsn = head.end_lsn;
    files.manifest.next_number = {head.number.value + 1};
    files.manifest.point = point_of(head);
    files.manifest.empty = head.end_lsn.value == 0;
    return files;
  }

 private:
  static std::unique_ptr<SegmentDraft> draft(SegmentContent content, Lsn from, Lsn to) {
    SegmentManifest manifest;
    manifest.engine = "counting";
    manifest.content = content;
    manifest.start_lsn = from;
    manifest.end_lsn = manifest.last_record_lsn = to;
    manifest.commits.count = to.value - from.value;
    if (from < to) {
      manifest.commits.first = Point{{from.value + 1}, std::nullopt, std::nullopt};
      manifest.commits.last = Point{to, std::nullopt, std::nullopt};
    }
    return std::make_unique<CountingDraft>(std::move(manifest));
  }

  CountingDatabase& database_;
};

class CountingEngine : public Engine {
 public:
  explicit CountingEngine(CountingDatabase& database, std::string_view key_variable = {})
      : database_(database), key_variable_(key_variable) {}
  [[nodiscard]] std::string_view name() const override { return "counting"; }
  [[nodiscard]] LsnNotation notation() const override { return LsnNotation::decimal; }
  [[nodiscard]] std::string_view key_variable() const override { return key_variable_; }
  [[nodiscard]] SegmentFacts scan(const SegmentManifest& manifest, ByteSource&,
                                  const SourceKey* key) const override {
    note(key);
    SegmentFacts facts;
    facts.records = manifest.end_lsn.value - manifest.start_lsn.value;
    if (key == nullptr && !key_variable_.empty()) {
      facts.sealed = facts.records;
      return facts;
    }
    for (std::uint64_t lsn = manifest.start_lsn.value + 1; lsn <= manifest.end_lsn.value; ++lsn)
      facts.commits.push_back({{{lsn}, std::nullopt, std::nullopt}, std::nullopt, std::nullopt});
    return facts;
  }
  [[nodiscard]] std::unique_ptr<Capture> capture(const CaptureRequest& request) const override {
    note(request.key ? &*request.key : nullptr);
    return std::make_unique<CountingCapture>(database_);
  }
  [[nodiscard]] std::uint64_t space_needed(const ChainContents&) const override { return 0; }
  ReplayResult replay(const ReplayRequest&) const override { return {}; }

 private:
  void note(const SourceKey* key) const {
    database_.keys.push_back(key != nullptr ? std::optional(key->text) : std::nullopt);
  }

  CountingDatabase& database_;
  std::string key_variable_;
};

}  // namespace pitr::test
