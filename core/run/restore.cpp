#include "run/restore.hpp"

#include "base/process.hpp"
#include "base/random.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/planning.hpp"
#include "run/source_key.hpp"
#include "run/space.hpp"
#include "run/target_directory.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr {

namespace {

constexpr std::size_t kRestoreIdBytes = 16;

using Clock = std::chrono::steady_clock;

Duration elapsed_since(Clock::time_point start) {
  return std::chrono::duration_cast<Duration>(Clock::now() - start);
}

Target parse_target(const TargetText& target, LsnNotation notation) {
  switch (target.kind) {
    case TargetText::Kind::latest:
      return ToLatest{};
    case TargetText::Kind::immediate:
      return ToImmediate{};
    case TargetText::Kind::lsn:
      return ToLsn{parse_lsn(target.text, notation)};
    case TargetText::Kind::time:
      return ToTime{parse_time(target.text)};
    case TargetText::Kind::xid:
      return ToXid{parse_xid(target.text)};
    case TargetText::Kind::restore_point:
      return parse_restore_point_target(target.text, notation);
  }
  throw Error(Errc::internal, "an unknown kind of target");
}

// How many names a message shows.
constexpr std::size_t kMostNames = 10;

void refuse_to_remove(const fs::path& target, const std::vector<std::string>& foreign) {
  const std::vector<std::string> shown(
      foreign.begin(), foreign.begin() + static_cast<std::ptrdiff_t>(std::min(kMostNames, foreign.size())));
  const std::string more =
      foreign.size() > shown.size() ? fmt::format(" and {} more", foreign.size() - shown.size()) : "";
  throw Error(Errc::conflict,
              fmt::format("{} holds what the database did not make, and a restore would remove: {}{}",
                          target.string(), fmt::join(shown, ", "), more),
              "move it elsewhere, or let it be removed with --force");
}

// Segments were seen when their manifests were read; what the snapshot refers to was not.
void check_packs(const Repository& repository, const SnapshotManifest& snapshot) {
  for (const PackReference& pack : snapshot.packs) {
    const auto size = repository.store().size_of(pack.name);
    if (size == pack.object_size) continue;
    throw Error(Errc::corrupt,
                size ? fmt::format("{} has {} bytes and not {}", pack.name, *size, pack.object_size)
                     : fmt::format("{} is missing", pack.name),
                fmt::format("snapshot {} cannot be restored; another one may do: pitrctl list snapshots",
                            snapshot.id));
  }
}

}  // namespace

struct Restore::Impl {
  Impl(const Context& run_context, RestoreRequest restore_request)
      : context(run_context),
        request(std::move(restore_request)),
        target(fs::absolute(request.target_directory)),
        repository(Repository::open(open_store(context.repository_url, false))),
        engine(engine_named(repository.document().engine)),
        key(source_key(context, engine)) {}

  std::variant<RestorePlan, RefusedRestore> make() {
    const auto start = Clock::now();
    const LsnNotation notation = engine.notation();
    PlanRequest plan_request;
    plan_request.target = parse_target(request.target, notation);
    plan_request.timeline = request.timeline;
    plan_request.snapshot = request.snapshot;
    plan_request.log = engine.log_traits();
    plan_request.exclusive = request.exclusive;
    plan_request.time_tolerance = request.time_tolerance;
    in_place = request.recovery.delta && !target.is_free();
    if (!in_place) target.check();
    catalogue = repository.load_catalogue();
    auto answer = make_plan({repository, engine, key_or_null()}, catalogue, plan_request, context.jobs);
    if (auto* refusal = std::get_if<Refusal>(&answer)) return RefusedRestore{std::move(*refusal), notation};

    RestorePlan result;
    result.plan = std::get<Plan>(std::move(answer));
    check_packs(repository, *catalogue.snapshot(result.plan.snapshot));
    contents = open_contents(repository, catalogue, result.plan);
    plan_recovery(result);
    result.notation = notation;
    result.repository = repository.document().id;
    result.engine = repository.document().engine;
    result.target = describe(plan_request.target, notation);
    result.target_directory = target.path().string();
    result.space_needed = engine.space_needed(*contents);
    result.space_free = free_space(target.path());
    result.planning_time = elapsed_since(start);
    planned = result;
    return result;
  }

  RestoreResult execute() {
    const auto start = Clock::now();
    if (!planned) throw Error(Errc::internal, "there is no plan to execute");
    if (!in_place) check_free_space();
    prepare();
    RestoreResult result;
    result.reached = planned->plan.reached;
    result.restore_id = random_hex(kRestoreIdBytes);
    const RestoreMark mark{
        planned->repository, planned->plan.timeline, planned->plan.fork, result.restore_id, {}};
    RecoveryOptions options = recovery();
    options.fetch_command = fetch_command();
    result.replay =
        engine.replay({*contents, planned->plan.stop, planned->plan.timeline, target.staging(), target.path(),
                       mark, options, context.jobs, context.progress, places(), key_or_null()});
    for (TargetDirectory& other : others) other.finish();
    target.finish();
    result.total_time = elapsed_since(start);
    return result;
  }

  [[nodiscard]] const SourceKey* key_or_null() const { return key ? &*key : nullptr; }

  // What the engine is told: an empty directory has nothing to compare with.
  [[nodiscard]] RecoveryOptions recovery() const {
    RecoveryOptions options = request.recovery;
    options.delta = in_place;
    return options;
  }

  // How the server gets its log: from this repository only, nothing of what the plan needs left out.
  [[nodiscard]] std::vector<std::string> fetch_command() const {
    const Plan& plan = planned->plan;
    return {own_program().native(),
            "--repo",
            repository.store().location(),
            "fetch",
            "--repository-id",
            planned->repository,
            "--timeline",
            fmt::to_string(plan.timeline.value),
            "--require-through",
            format_lsn(plan.stop, planned->notation)};
  }

  void plan_recovery(RestorePlan& result) {
    const RecoveryOptions options = recovery();
    for (std::string& warning : engine.check_recovery(contents->snapshot(), request.recovery, target.path()))
      result.plan.warnings.push_back(std::move(warning));
    for (std::string& remark : engine.remarks(contents->snapshot()))
      result.plan.warnings.push_back(std::move(remark));
    add_log_remarks(result.plan);
    others.clear();
    for (OtherDirectory& other : engine.other_directories(*contents, options, target.path())) {
      const std::uint64_t free = free_space(other.path);
      if (!in_place) others.emplace_back(other.path).check();
      result.others.push_back({std::move(other), free});
    }
    if (!in_place) return;
    result.removed = engine.foreign_entries(*contents, options, {target.path(), target.staging()});
    if (!result.removed.empty() && !options.force) refuse_to_remove(target.path(), result.removed);
  }

  // Several segments may say the same.
  // What is missing before the record that a time stops at may be missing from the result.
  void add_log_remarks(Plan& plan) const {
    std::vector<const SegmentManifest*> log;
    for (const ChainSegment& segment : contents->segments()) log.push_back(&segment.manifest);
    if (plan.decided_by) {
      const auto* const next = catalogue.loaded(plan.decided_by->timeline, plan.decided_by->entry);
      if (next != nullptr && next->manifest) log.push_back(&*next->manifest);
    }
    for (const SegmentManifest* manifest : log) {
      for (std::string& remark : engine.remarks(*manifest)) {
        if (std::find(plan.warnings.begin(), plan.warnings.end(), remark) == plan.warnings.end())
          plan.warnings.push_back(std::move(remark));
      }
    }
  }

  void check_free_space() const {
    std::vector<SpaceNeed> needs = {{target.path(), planned->space_needed}};
    for (const PlannedDirectory& other : planned->others)
      needs.push_back({other.directory.path, other.directory.space_needed});
    check_space(needs);
  }

  // The target last: what an unfinished restore left elsewhere is known to be its own by what it left there.
  void prepare() {
    for (TargetDirectory& other : others) other.prepare();
    if (in_place) {
      target.prepare_in_place();
    } else {
      target.prepare();
    }
  }

  [[nodiscard]] std::vector<RestorePlace> places() const {
    std::vector<RestorePlace> all;
    for (const PlannedDirectory& other : planned->others)
      all.push_back(
          {other.directory.path, in_place ? fs::path() : TargetDirectory(other.directory.path).staging()});
    return all;
  }

  const Context& context;
  RestoreRequest request;
  TargetDirectory target;
  bool in_place = false;               // the target holds a database, which is brought to the snapshot
  std::deque<TargetDirectory> others;  // of a restore that is not in place
  Repository repository;
  const Engine& engine;
  std::optional<SourceKey> key;
  Catalogue catalogue;
  std::optional<RestorePlan> planned;
  std::unique_ptr<ChainContents> contents;
};

Restore::Restore(const Context& context, RestoreRequest request)
    : impl_(std::make_unique<Impl>(context, std::move(request))) {}

Restore::~Restore() = default;

std::variant<RestorePlan, RefusedRestore> Restore::plan() { return impl_->make(); }

RestoreResult Restore::execute() { return impl_->execute(); }

}  // namespace pitr
