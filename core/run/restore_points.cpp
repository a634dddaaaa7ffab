#include "run/restore_points.hpp"

#include "model/target.hpp"
#include "plan/logged_points.hpp"
#include "repo/repository.hpp"
#include "run/archived_log.hpp"
#include "run/engines.hpp"
#include "run/shipped_timelines.hpp"
#include "run/source_key.hpp"
#include "store/store.hpp"

#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

// Of a database that is looked at: the point is where the log is archived to.
CreateRestorePointReport name_archived_point(const Context& context,
                                             const CreateRestorePointRequest& request) {
  CreateRestorePointReport report;
  report.archive = archive(context, request.archive);
  report.notation = report.archive->notation;

  const Repository repository = Repository::open(open_store(context.repository_url, false));
  RestorePoint& point = report.restore_point;
  point.repository = repository.document().id;
  point.name = request.name;
  point.timeline = report.archive->timeline;
  point.point = report.archive->head.value();
  point.description = request.description;
  point.created_at = now();
  repository.create_restore_point(point);
  return report;
}

const LoggedRestorePoint* find_logged(const std::vector<SegmentManifest>& segments,
                                      const RestorePoint& wanted) {
  for (const SegmentManifest& segment : segments) {
    for (const LoggedRestorePoint& logged : segment.restore_points) {
      if (logged.point.lsn == wanted.point.lsn) return &logged;
    }
  }
  return nullptr;
}

// The segment with the point is handed over once the next one begins.
void end_segment(const Context& context, LiveServer& server) {
  try {
    server.end_segment();
  } catch (const Error& error) {
    if (error.code() != Errc::usage) throw;
    context.warn(fmt::format("waiting until the server ends the segment by itself: {}", error.what()));
  }
}

// Of a server: the point stands in its log.
CreateRestorePointReport log_restore_point(const Context& context, const CreateRestorePointRequest& request,
                                           const Repository& repository, const Engine& engine) {
  if (!request.description.empty()) {
    throw Error(Errc::usage, fmt::format("a restore point in a {} log has no description", engine.name()),
                "leave out --description, or say it in the name");
  }
  check_claims(request.archive, engine);
  check_source_key(context, engine);
  const LogShipping& shipping = *engine.shipping();
  const auto server = shipping.connect(request.archive.source.native());
  const ServerState state = server->state();
  server->require_archiving();
  ShippedTimelines(context, repository, shipping, {}).check_identity(state.identity);

  CreateRestorePointReport report;
  report.notation = engine.notation();
  RestorePoint& point = report.restore_point;
  point.repository = repository.document().id;
  point.name = request.name;
  point.timeline = state.timeline;
  point.logged = true;
  point.point.lsn = server->create_restore_point(request.name);
  point.created_at = now();
  report.archived = request.archive.server.waits;
  if (!report.archived) return report;
  end_segment(context, *server);
  const ArchivedLog log(context, repository, shipping, state, server.get());
  const auto segments =
      log.wait_for({point.point.lsn.value - 1}, point.point.lsn, request.archive.server.patience);
  if (const LoggedRestorePoint* logged = find_logged(segments, point)) point.point = logged->point;
  return report;
}

}  // namespace

CreateRestorePointReport create_restore_point(const Context& context,
                                              const CreateRestorePointRequest& request) {
  check_restore_point_name(request.name);
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  const Engine& engine = engine_named(repository.document().engine);
  return engine.shipping() != nullptr ? log_restore_point(context, request, repository, engine)
                                      : name_archived_point(context, request);
}

namespace {

bool is_meant(const RestorePoint& point, const std::string& whole_name, const ToRestorePoint& wanted) {
  if (point.name == whole_name) return true;
  return point.name == wanted.name && (!wanted.lsn || *wanted.lsn == point.point.lsn);
}

// A name that no document gives may stand in the database's own log.
void refuse_if_logged(const Context& context, const Repository& repository, Catalogue& catalogue,
                      const std::string& name, const ToRestorePoint& wanted) {
  for (const auto& [id, timeline] : catalogue.timelines)
    repository.load_manifests(catalogue, id, timeline.segments, context.jobs);
  for (const RestorePoint& point : logged_restore_points(catalogue)) {
    if (!is_meant(point, name, wanted)) continue;
    throw Error(Errc::usage,
                fmt::format("restore point {} is part of the database's own log, at LSN {}", point.name,
                            format_lsn(point.point.lsn, catalogue.notation)),
                "it cannot be deleted; it goes when the log it stands in is removed");
  }
}

}  // namespace

DeleteRestorePointReport delete_restore_point(const Context& context, const std::string& name) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  const LsnNotation notation = engine_named(repository.document().engine).notation();
  const ToRestorePoint wanted = parse_restore_point_target(name, notation);
  Catalogue catalogue = repository.load_catalogue();
  std::vector<RestorePoint> found;
  for (const RestorePoint& point : catalogue.restore_points) {
    if (is_meant(point, name, wanted)) found.push_back(point);
  }
  if (found.empty()) {
    refuse_if_logged(context, repository, catalogue, name, wanted);
    throw Error(Errc::not_found, fmt::format("there is no restore point {}", name),
                "pitrctl list restore-points");
  }
  if (found.size() > 1) {
    std::string where;
    for (const RestorePoint& point : found) {
      where += fmt::format("{}{} on timeline {}", where.empty() ? "" : ", ",
                           format_lsn(point.point.lsn, notation), point.timeline.value);
    }
    throw Error(Errc::ambiguous_target,
                fmt::format("{} restore points are named {}: at LSN {}", found.size(), wanted.name, where),
                fmt::format("name one: {}@LSN", wanted.name));
  }
  RestorePoint deletion = found.front();
  deletion.deleted = true;
  deletion.created_at = now();
  repository.create_restore_point(deletion);
  return {std::move(deletion), notation};
}

}  // namespace pitr
