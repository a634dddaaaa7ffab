#include "run/server_snapshot.hpp"

#include "base/error.hpp"
#include "repo/snapshot_writer.hpp"
#include "run/archived_log.hpp"
#include "run/shipped_timelines.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

class ServerSnapshot {
 public:
  ServerSnapshot(const Context& context, const ArchiveRequest& request, const Repository& repository,
                 const Engine& engine)
      : context_(context),
        request_(request),
        repository_(repository),
        engine_(engine),
        shipping_(*engine.shipping()),
        server_(shipping_.connect(request.source.native())),
        state_(server_->state()) {}

  ArchiveReport run() {
    check();
    const auto backup = shipping_.begin_backup(request_.source.native(), request_.server.fast_checkpoint);
    const ArchivedLog log(context_, repository_, shipping_, state_, primary());
    check_log_goes_on(log, backup->start());
    const Timestamp began = now();
    SnapshotWriter writer(repository_, new_snapshot_id(began), newest_snapshot(), context_.jobs);
    ServerBackup::End end = copy(*backup, writer);
    complete(log, end.manifest, began);
    writer.commit(end.manifest);
    return report(std::move(end));
  }

 private:
  LiveServer* primary() { return state_.is_standby ? primary_.get() : server_.get(); }

  void check() {
    server_->require_archiving();
    ShippedTimelines(context_, repository_, shipping_, {}).check_identity(state_.identity);
    if (state_.is_standby) return connect_primary();
    if (request_.server.primary.empty()) return;
    throw Error(Errc::usage, fmt::format("--primary was given, but {} is no standby", state_.shown));
  }

  void connect_primary() {
    if (request_.server.primary.empty()) return;
    primary_ = shipping_.connect(request_.server.primary);
    const ServerState state = primary_->state();
    if (const auto difference = shipping_.difference(state_.identity, state.identity))
      throw Error(Errc::usage,
                  fmt::format("{} is not the primary of {}: {}", state.shown, state_.shown, *difference));
    if (state.is_standby)
      throw Error(Errc::usage, fmt::format("{} is a standby itself", state.shown),
                  "--primary names the primary");
    primary_->require_archiving();
  }

  // A standby's backup begins where its last restartpoint was: what is missing there does not arrive later.
  void check_log_goes_on(const ArchivedLog& log, Lsn start) const {
    if (!state_.is_standby || log.segment_at(start)) return;
    const TimelineEntry* timeline = catalogue().timeline(state_.timeline);
    const bool newer_are_there =
        timeline != nullptr && !timeline->segments.empty() &&
        timeline->segments.back().number > shipping_.number_at(start, state_.identity);
    if (!newer_are_there) return;
    throw Error(Errc::wal_gap,
                fmt::format("the snapshot would need the log from {} on, and {} is not archived",
                            format_lsn(start, engine_.notation()),
                            shipping_
                                .segment_name(state_.timeline, shipping_.number_at(start, state_.identity),
                                              state_.identity)
                                .text),
                "run CHECKPOINT on the primary, wait for the standby's next restartpoint, and run it again");
  }

  const Catalogue& catalogue() const {
    if (!catalogue_) catalogue_ = repository_.load_catalogue();
    return *catalogue_;
  }

  [[nodiscard]] const SnapshotManifest* newest_snapshot() const {
    const auto& all = catalogue().snapshots;
    const auto newest =
        std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return newest == all.end() ? nullptr : &*newest;
  }

  ServerBackup::End copy(ServerBackup& backup, SnapshotWriter& writer) {
    for (const std::string& remark : backup.remarks()) context_.warn(remark);
    context_.progress.begin("snapshot", backup.size());
    const auto add = [&](const SnapshotSourceFile& file) {
      writer.add_file(file, [this](std::uint64_t bytes) { context_.progress.advance(bytes); });
    };
    backup.for_each_file(add);
    ServerBackup::End end = backup.finish();
    for (const SnapshotSourceFile& file : end.files) add(file);
    context_.progress.end();
    return end;
  }

  // What is known only once the log has arrived.
  void complete(const ArchivedLog& log, SnapshotManifest& manifest, Timestamp began) {
    if (primary_) primary_->end_segment();
    manifest.repository = repository_.document().id;
    manifest.engine = repository_.document().engine;
    manifest.created_at = began;
    manifest.next_number = shipping_.number_at(manifest.start_lsn, state_.identity);
    const auto segments = log.wait_for(manifest.start_lsn, manifest.consistent_lsn, request_.server.patience);
    manifest.point = last_point(segments, manifest.consistent_lsn);
    fill_in(log, manifest.start_lsn, began, manifest.point);
  }

  // The transaction that ended last, and the latest time of all that the log shows.
  [[nodiscard]] Point last_point(const std::vector<SegmentManifest>& segments, Lsn consistent) const {
    Point point{consistent, std::nullopt, std::nullopt};
    const auto raise = [&](const std::optional<Timestamp>& time) {
      if (time) point.time = std::max(point.time.value_or(*time), *time);
    };
    for (const SegmentManifest& segment : segments) {
      if (segment.end_lsn <= consistent) {
        if (segment.time) raise(segment.time->max);
        if (segment.commits.last) point.xid = segment.commits.last->xid;
        continue;
      }
      const auto source = repository_.open_segment(segment);
      const SegmentFacts facts = engine_.scan(segment, *source, nullptr);
      for (const TimedRecord& record : facts.timed)
        if (record.end <= consistent) raise(record.time);
      for (const CommitFact& commit : facts.commits)
        if (commit.point.lsn <= consistent) point.xid = commit.point.xid;
    }
    return point;
  }

  // What the log from the snapshot's start on does not tell, the segment before may.
  static void fill_in(const ArchivedLog& log, Lsn start, Timestamp began, Point& point) {
    if (point.time && point.xid) return;
    const auto before = log.segment_before(start);
    if (before && before->commits.last && !point.xid) point.xid = before->commits.last->xid;
    if (!point.time) point.time = before && before->time ? before->time->max : began;
  }

  [[nodiscard]] ArchiveReport report(ServerBackup::End end) const {
    ArchiveReport result;
    result.notation = engine_.notation();
    result.timeline = end.manifest.timeline;
    result.snapshot = end.manifest.id;
    result.snapshot_size = end.manifest.size;
    result.snapshot_new_bytes = end.manifest.new_bytes;
    result.damage = std::move(end.damage);
    result.damaged_pages = end.damaged_pages;
    result.head = end.manifest.point;
    return result;
  }

  const Context& context_;
  const ArchiveRequest& request_;
  const Repository& repository_;
  const Engine& engine_;
  const LogShipping& shipping_;
  std::unique_ptr<LiveServer> server_;
  std::unique_ptr<LiveServer> primary_;  // of a standby, where it was named
  ServerState state_;
  mutable std::optional<Catalogue> catalogue_;
};

}  // namespace

ArchiveReport take_server_snapshot(const Context& context, const ArchiveRequest& request,
                                   const Repository& repository, const Engine& engine) {
  return ServerSnapshot(context, request, repository, engine).run();
}

}  // namespace pitr
