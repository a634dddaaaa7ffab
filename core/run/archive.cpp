#include "run/archive.hpp"

#include "repo/repository.hpp"
#include "repo/snapshot_writer.hpp"
#include "run/archive_file.hpp"
#include "run/engines.hpp"
#include "run/planning.hpp"
#include "run/server_snapshot.hpp"
#include "run/source_key.hpp"
#include "run/state.hpp"
#include "run/timeline_choice.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace pitr {

namespace {

// How often a lost race is taken up again before it is called a conflict.
constexpr int kAttempts = 20;

class Archiver {
 public:
  Archiver(const Context& context, const ArchiveRequest& request, const Repository& repository,
           const Engine& engine)
      : context_(context),
        request_(request),
        repository_(repository),
        engine_(engine),
        state_directory_(state_directory(repository_.document().id)),
        lock_(state_directory_, kLockPatience),
        key_(source_key(context, engine)),
        capture_(engine_.capture(
            {request.source, state_directory_, repository_.document().chunk_secret, request.claim, key_})) {
    report_.notation = engine_.notation();
  }

  ArchiveReport run() {
    repository_.store().sweep();
    warn_once(capture_->remarks());
    bring_up_to_date(request_.take_snapshot);
    if (began_chain_) {
      // A chain may begin before the log that there is: all of that follows, and what was asked for was not
      // a snapshot of nothing.
      const Lsn begun = head_->end_lsn;
      advance_or_fail();
      ensure_snapshot_or_fail(request_.take_snapshot && took_empty_snapshot_ && head_->end_lsn > begun);
    }
    capture_->finished(*head_);
    report_.timeline = *line_;
    report_.head = capture_->point_of(*head_);
    if (!damage_.empty()) report_.damage.push_back(std::move(damage_));
    return std::move(report_);
  }

 private:
  void bring_up_to_date(bool take_snapshot) {
    advance_or_fail();
    ensure_snapshot_or_fail(take_snapshot);
  }

  void advance_or_fail() {
    if (!keep_trying([this] { return advance(); })) throw_outrun();
  }

  // Every try but the first looks at the log again: it went on, here or in the repository.
  void ensure_snapshot_or_fail(bool take_snapshot) {
    bool is_first = true;
    const auto attempt = [&] {
      const bool is_current = std::exchange(is_first, false) || advance();
      return is_current && ensure_snapshot(take_snapshot);
    };
    if (!keep_trying(attempt)) throw_outrun();
  }

  [[noreturn]] static void throw_outrun() {
    throw Error(Errc::conflict, "other runs kept archiving into this repository at the same time",
                "run only one 'pitrctl archive' at a time, and run this one again");
  }

  // The log may be looked at several times.
  void warn_once(const std::vector<std::string>& remarks) {
    for (const std::string& remark : remarks) {
      if (warned_.insert(remark).second) context_.warn(remark);
    }
  }

  // One try: false when somebody else was faster and the repository must be read again.
  template <typename Try>
  bool keep_trying(Try attempt) {
    for (int i = 0; i < kAttempts; ++i) {
      try {
        if (attempt()) return true;
      } catch (const Error& error) {
        // The log moved away under a draft: look again.
        if (error.code() != Errc::unavailable || i + 1 == kAttempts) throw;
      }
    }
    return false;
  }

  bool advance() {
    catalogue_ = repository_.load_catalogue();
    if (!line_ || request_.claim != SourceClaim::new_timeline) {
      auto choice = choose_timeline(repository_, catalogue_, *capture_, request_.claim);
      if (!choice) return false;
      follow(*choice);
    }
    head_ = newest_segment(repository_, catalogue_, *line_);
    if (!head_) return begin();
    // A run that stored the beginning of a chain was cut off before its snapshot.
    began_chain_ = head_->content == SegmentContent::start && !head_->snapshot && capture_->starts_empty();
    return began_chain_ || go_on();
  }

  void follow(const TimelineChoice& choice) {
    line_ = choice.id;
    if (!choice.created) return;
    report_.new_timeline = true;
    report_.reason = choice.reason;
  }

  // A timeline without segments goes on from its fork, or is the beginning of everything.
  bool begin() {
    const TimelineDocument& document = *catalogue_.timeline(*line_)->document;
    if (!document.parent) return start_chain({0}, nullptr);
    const auto contents = archived_state({*document.parent, *document.fork_lsn});
    if (!contents) {
      report_.gap = true;
      return start_chain({document.fork_lsn->value + 1}, nullptr);
    }
    become_head(capture_->state_at_end(*contents), contents->snapshot().id);
    return go_on();
  }

  // A state that no segment of this timeline ends at yet.
  void become_head(SegmentManifest state, std::optional<std::string> snapshot) {
    head_ = std::move(state);
    head_->number = {0};
    head_->timeline = *line_;
    head_->snapshot = std::move(snapshot);
  }

  bool go_on() {
    const LogSince since = capture_->log_since(*head_, [this] {
      return archived_state({*line_, head_->end_lsn});
    });
    warn_once(since.remarks);
    damage_ = since.damage;
    switch (since.verdict) {
      case LogSince::Verdict::unchanged:
        // A timeline must not stay empty: its first segment says that it begins where it forks off.
        return head_->number.value > 0 || store(*capture_->mark(*head_));
      case LogSince::Verdict::continued:
        return store_all(since);
      case LogSince::Verdict::bridged:
        refuse_unless_bridging_allowed(since);
        report_.reason = since.reason;
        return store_all(since);
      case LogSince::Verdict::broken:
        refuse_unless_bridging_allowed(since);
        report_.reason = since.reason;
        report_.gap = true;
        return start_chain({head_->end_lsn.value + 1}, &*head_);
      case LogSince::Verdict::reverted:
        return fork_off(since);
      case LogSince::Verdict::foreign:
        throw_foreign(*capture_, since.reason);
    }
    throw Error(Errc::internal, "an unknown verdict");
  }

  bool fork_off(const LogSince& since) {
    std::optional<Fork> fork;
    if (since.fork) fork = Fork{*line_, since.fork->end_lsn};
    // A restored database goes on by the newest timeline of its restore.
    const auto restore_id = catalogue_.timeline(*line_)->document->restore_id;
    const auto choice = create_timeline(repository_, catalogue_, *capture_, fork, restore_id, since.reason);
    if (!choice) return false;
    follow(*choice);
    if (!since.fork) return start_chain({0}, nullptr);
    become_head(*since.fork, head_->snapshot);
    return since.drafts.empty() ? store(*capture_->mark(*head_)) : store_all(since);
  }

  // before: the segment before the hole; null where the timeline begins.
  bool start_chain(Lsn lsn, const SegmentManifest* before) {
    const auto draft = capture_->start(lsn, before);
    if (before == nullptr) become_head({}, {});
    marked_.reset();
    began_chain_ = store(*draft);
    return began_chain_;
  }

  bool store_all(const LogSince& since) {
    context_.progress.begin("archive", 0);
    for (const auto& draft : since.drafts) {
      if (!store(*draft)) return false;
    }
    context_.progress.end();
    return true;
  }

  // Makes the draft the next segment after head_; false when another has its number.
  bool store(SegmentDraft& draft) {
    SegmentManifest manifest = draft.manifest();
    manifest.repository = repository_.document().id;
    manifest.timeline = *line_;
    manifest.number = {head_->number.value + 1};
    manifest.archived_at = now();
    if (manifest.content != SegmentContent::start) manifest.snapshot = marked_ ? marked_ : head_->snapshot;
    const auto creation = repository_.create_segment(manifest, [&](ByteSink& sink) { draft.write_to(sink); });
    if (creation == Repository::Creation::lost) return false;
    capture_->stored(draft, manifest);
    context_.progress.advance(manifest.payload.size);
    report_.segments.push_back({manifest.number, manifest.content, manifest.start_lsn, manifest.end_lsn,
                                manifest.commits.count, manifest.hidden_commits, manifest.payload.size,
                                manifest.payload.stored_size});
    add_commits(report_.commits, manifest.commits.count);
    head_ = std::move(manifest);
    return true;
  }

  bool ensure_snapshot(bool wanted) {
    if (!marked_ && !wanted && !needs_snapshot()) return true;
    if (!marked_) take_snapshot();
    if (!store(*capture_->mark(*head_))) return false;
    marked_.reset();
    return true;
  }

  [[nodiscard]] bool needs_snapshot() const {
    if (!head_->snapshot) return true;
    if (catalogue_.snapshot(*head_->snapshot) != nullptr) return false;
    context_.warn(fmt::format("snapshot {} is missing or damaged; a new one is taken", *head_->snapshot));
    return true;
  }

  void take_snapshot() {
    auto files = capture_->snapshot_files(*head_, [this] {
      catalogue_ = repository_.load_catalogue();  // what this run stored belongs to it
      return archived_state({*line_, head_->end_lsn});
    });
    SnapshotManifest& manifest = files.manifest;
    manifest.repository = repository_.document().id;
    manifest.created_at = now();
    SnapshotWriter writer(repository_, new_snapshot_id(manifest.created_at), newest_snapshot(),
                          context_.jobs);
    std::uint64_t size = 0;
    for (const auto& file : files.files) size += file.size;
    context_.progress.begin("snapshot", size);
    for (const auto& file : files.files) {
      writer.add_file(file, [this](std::uint64_t bytes) { context_.progress.advance(bytes); });
    }
    writer.commit(manifest);
    context_.progress.end();
    marked_ = manifest.id;
    took_empty_snapshot_ = manifest.empty;
    report_.snapshot = manifest.id;
    report_.snapshot_size = manifest.size;
    report_.snapshot_new_bytes = manifest.new_bytes;
  }

  [[nodiscard]] const SnapshotManifest* newest_snapshot() const {
    const auto newest = std::max_element(catalogue_.snapshots.begin(), catalogue_.snapshots.end(),
                                         [](const auto& a, const auto& b) { return a.id < b.id; });
    return newest == catalogue_.snapshots.end() ? nullptr : &*newest;
  }

  std::unique_ptr<ChainContents> archived_state(const TimelineLsn& position) {
    return contents_at({repository_, engine_, key_ ? &*key_ : nullptr}, catalogue_, position, context_);
  }

  void refuse_unless_bridging_allowed(const LogSince& since) const {
    if (request_.allow_bridge) return;
    throw Error(
        Errc::wal_gap, fmt::format("the log does not go on from the last segment: {}", since.reason),
        "run without --no-bridge to go on with a bridge (or, where that is impossible, a new snapshot)");
  }

  const Context& context_;
  const ArchiveRequest& request_;
  const Repository& repository_;
  const Engine& engine_;
  fs::path state_directory_;
  RunLock lock_;
  std::optional<SourceKey> key_;
  std::unique_ptr<Capture> capture_;
  Catalogue catalogue_;
  std::optional<TimelineId> line_;
  std::optional<SegmentManifest> head_;
  std::optional<std::string> marked_;  // the snapshot this run took, until a mark says so
  bool began_chain_ = false;
  bool took_empty_snapshot_ = false;
  std::set<std::string> warned_;
  std::string damage_;  // of the log, when it was looked at last
  ArchiveReport report_;
};

}  // namespace

void check_claims(const ArchiveRequest& request, const Engine& engine) {
  if (engine.shipping() != nullptr && request.claim != SourceClaim::none) {
    throw Error(
        Errc::usage,
        fmt::format("a {} server itself says which database it is, and on which timeline", engine.name()),
        "leave out --same-database and --new-timeline");
  }
  if (engine.shipping() == nullptr && request.ahead) {
    throw Error(Errc::usage, fmt::format("{} databases hand over no files: none can wait", engine.name()),
                "leave out --ahead");
  }
  if (engine.shipping() == nullptr && request.server != ServerOptions()) {
    throw Error(Errc::usage, fmt::format("{} databases have no server", engine.name()),
                "leave out the options that speak of one");
  }
}

ArchiveReport archive(const Context& context, const ArchiveRequest& request) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  const Engine& engine = engine_named(repository.document().engine);
  check_claims(request, engine);
  check_source_key(context, engine);
  if (engine.shipping() == nullptr) return archive_database(context, request, repository, engine);
  return request.take_snapshot ? take_server_snapshot(context, request, repository, engine)
                               : archive_file(context, request, repository, engine);
}

ArchiveReport archive_database(const Context& context, const ArchiveRequest& request,
                               const Repository& repository, const Engine& engine) {
  return Archiver(context, request, repository, engine).run();
}

}  // namespace pitr
