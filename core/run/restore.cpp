#include "run/restore.hpp"

#include "base/random.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/planning.hpp"
#include "run/target_directory.hpp"
#include "store/store.hpp"

#include <chrono>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

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
        engine(engine_named(repository.document().engine)) {}

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
    target.check();
    catalogue = repository.load_catalogue();
    auto answer = make_plan(repository, engine, catalogue, plan_request, context.jobs);
    if (auto* refusal = std::get_if<Refusal>(&answer)) return RefusedRestore{std::move(*refusal), notation};

    RestorePlan result;
    result.plan = std::get<Plan>(std::move(answer));
    check_packs(repository, *catalogue.snapshot(result.plan.snapshot));
    contents = open_contents(repository, catalogue, result.plan);
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
    if (planned->space_free < planned->space_needed) {
      throw Error(Errc::io_error,
                  fmt::format("the restored database needs {} bytes in {}, where {} are free",
                              planned->space_needed, planned->target_directory, planned->space_free),
                  "free some space there, or restore to another file system");
    }
    target.prepare();
    RestoreResult result;
    result.reached = planned->plan.reached;
    result.restore_id = random_hex(kRestoreIdBytes);
    const RestoreMark mark{
        planned->repository, planned->plan.timeline, planned->plan.reached.lsn, result.restore_id, {}};
    result.replay = engine.replay({*contents,
                                   planned->plan.stop,
                                   planned->plan.timeline,
                                   target.staging(),
                                   target.path(),
                                   mark,
                                   {},
                                   context.jobs,
                                   context.progress});
    target.finish();
    result.total_time = elapsed_since(start);
    return result;
  }

  const Context& context;
  RestoreRequest request;
  TargetDirectory target;
  Repository repository;
  const Engine& engine;
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
