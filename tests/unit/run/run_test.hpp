#pragma once

#include "base/progress.hpp"
#include "run/archive.hpp"
#include "run/init.hpp"
#include "run/list.hpp"
#include "run/restore.hpp"
#include "run/restore_points.hpp"
#include "run/validate.hpp"
#include "support/caught.hpp"
#include "support/sqlite_database.hpp"

#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fcntl.h>

namespace pitr::test {

// Calls back when a phase begins.
class PhaseHook : public NoProgress {
 public:
  void begin(std::string_view phase, std::uint64_t) override {
    if (on_begin) on_begin(phase);
  }
  std::function<void(std::string_view phase)> on_begin;
};

// A live database and a repository for it.
struct World {
  SqliteDatabase database;
  PhaseHook progress;
  std::vector<std::string> warnings;
  Context context{(database.directory / "repo").string(), 2, progress,
                  [this](std::string_view warning) { warnings.emplace_back(warning); }};
  int restores = 0;

  explicit World(std::uint32_t page_size = 4096) : database(page_size) {
    ::setenv("XDG_STATE_HOME", (database.directory / "xdg").c_str(), 1);
    init_repository(context, {"sqlite", {}});
  }

  [[nodiscard]] fs::path repository() const { return database.directory / "repo"; }

  [[nodiscard]] ArchiveRequest request() const { return request_for(database.path); }
  [[nodiscard]] static ArchiveRequest request_for(const fs::path& source) {
    ArchiveRequest request;
    request.source = source;
    return request;
  }
  ArchiveReport archive() { return pitr::archive(context, request()); }
  ArchiveReport archive(const fs::path& source) { return pitr::archive(context, request_for(source)); }

  fs::path new_directory() { return database.directory / ("restored" + std::to_string(++restores)); }

  [[nodiscard]] Refusal refused(RestoreRequest request) {
    request.target_directory = new_directory();
    Restore restore(context, std::move(request));
    auto answer = restore.plan();
    REQUIRE(std::holds_alternative<RefusedRestore>(answer));
    CHECK_FALSE(fs::exists(database.directory / ("restored" + std::to_string(restores))));
    return std::get<RefusedRestore>(answer).refusal;
  }
  // Restores into a new directory; the database's path.
  fs::path restore(RestoreRequest request) {
    const fs::path directory = new_directory();
    request.target_directory = directory;
    Restore restore(context, std::move(request));
    const auto answer = restore.plan();
    if (const auto* refusal = std::get_if<RefusedRestore>(&answer)) FAIL(refusal->refusal.message);
    result = restore.execute();
    plan = std::get<RestorePlan>(answer);
    return directory / "app.db";
  }
  Bytes restored(RestoreRequest request) { return read_whole_file(restore(std::move(request))); }
  Bytes restored() { return restored(RestoreRequest{}); }

  [[nodiscard]] Bytes image() const { return settled_image(database.path); }
  [[nodiscard]] ValidateReport validate(ValidateLevel level = ValidateLevel::records) const {
    return pitr::validate(context, {level, {}});
  }
  // Loses commits from the log: what came since the last look cannot be proved.
  void lose_the_log() {
    database.commit();
    database.checkpoint("TRUNCATE");
    database.app.close();
    database.commit();
  }

  RestoreResult result;
  RestorePlan plan;
};

inline RestoreRequest to(TargetText::Kind kind, std::string text = {}) {
  RestoreRequest request;
  request.target = {kind, std::move(text)};
  return request;
}
inline RestoreRequest to_lsn(Lsn lsn) { return to(TargetText::Kind::lsn, std::to_string(lsn.value)); }
inline RestoreRequest on_timeline(RestoreRequest request, std::uint32_t timeline) {
  request.timeline = TimelineId{timeline};
  return request;
}

inline bool finds(const ValidateReport& report, Errc code, std::string_view part) {
  for (const Finding& finding : report.findings) {
    if (finding.code == code && (contains(finding.object, part) || contains(finding.message, part)))
      return true;
  }
  return false;
}

// The files of a repository's folder, in order of names.
inline std::vector<fs::path> objects(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (!fs::exists(folder)) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (fs::is_regular_file(entry.path())) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace pitr::test
