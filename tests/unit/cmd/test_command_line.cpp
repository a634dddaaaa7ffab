#include "cmd/command_line.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using pitr::test::caught;
using pitr::test::contains;
using pitr::test::TempDir;

namespace {

// Without the environment of whoever runs the test.
CommandLine parse(const std::vector<std::string>& arguments) {
  unsetenv("PITRCTL_REPO");
  return parse_command_line(arguments);
}

Error refusal(const std::vector<std::string>& arguments) {
  return caught([&] { parse(arguments); });
}

std::string write_config(const TempDir& dir, const std::string& text) {
  const std::string path = (dir / "pitr.toml").string();
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("global options may stand before and after the command") {
  for (const auto& arguments :
       {std::vector<std::string>{"--repo", "/r", "--json", "-j", "7", "-v", "list"},
        std::vector<std::string>{"list", "-r", "/r", "--json", "--jobs=7", "--verbose"}}) {
    const CommandLine line = parse(arguments);
    CHECK(line.globals.repository_url == "/r");
    CHECK(line.globals.json);
    CHECK(line.globals.verbose);
    CHECK_FALSE(line.globals.quiet);
    CHECK(line.globals.jobs == 7);
    CHECK(std::holds_alternative<ListRequest>(line.command));
  }
}

TEST_CASE("archive and snapshot say what to archive and what it is") {
  const auto archive =
      std::get<ArchiveRequest>(parse({"-r", "/r", "archive", "/db", "--same-database"}).command);
  CHECK(archive.source == "/db");
  CHECK(archive.claim == SourceClaim::same_database);
  CHECK(archive.allow_bridge);
  CHECK_FALSE(archive.ahead.has_value());
  CHECK_FALSE(archive.take_snapshot);
  CHECK(std::get<ArchiveRequest>(parse({"-r", "/r", "archive", "/x", "--ahead", "0"}).command).ahead == 0);
  CHECK(caught([] { parse({"-r", "/r", "archive", "/x", "--ahead", "65"}); }).code() == Errc::usage);
  const auto snapshot = std::get<ArchiveRequest>(
      parse({"-r", "/r", "snapshot", "--no-bridge", "--new-timeline", "--", "list"}).command);
  CHECK(snapshot.source == "list");
  CHECK(snapshot.claim == SourceClaim::new_timeline);
  CHECK_FALSE(snapshot.allow_bridge);
  CHECK(snapshot.take_snapshot);
}

TEST_CASE("init has defaults and takes a codec with a level") {
  const auto plain = std::get<InitRequest>(parse({"-r", "/r", "init"}).command);
  CHECK(plain.engine == "sqlite");
  CHECK(plain.codec == Codec{CodecKind::zstd, 1});
  const auto chosen = std::get<InitRequest>(parse({"-r", "/r", "init", "--compression", "zstd:3"}).command);
  CHECK(chosen.codec == Codec{CodecKind::zstd, 3});
}

TEST_CASE("list takes a subject and what to leave out") {
  const auto list =
      std::get<ListRequest>(parse({"-r", "/r", "list", "restore-points", "--timeline", "2", "--since",
                                   "2026-11-23T10:00:00Z", "--until", "2026-11-23 11:00:00Z", "--limit", "5"})
                                .command);
  CHECK(list.subject == ListSubject::restore_points);
  CHECK(list.timeline == TimelineId{2});
  CHECK(*list.until - *list.since == std::chrono::hours(1));
  CHECK(list.limit == 5);
}

TEST_CASE("every kind of restore target is told apart") {
  using Kind = TargetText::Kind;
  const auto target = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-r", "/r", "restore", "--target-dir", "/t"});
    return std::get<RestoreCommand>(parse(arguments).command).request.target;
  };
  CHECK(target({}).kind == Kind::latest);
  CHECK(target({"--to-latest"}).kind == Kind::latest);
  CHECK(target({"--immediate"}).kind == Kind::immediate);
  CHECK(target({"--to-lsn", "17"}).kind == Kind::lsn);
  CHECK(target({"--to-lsn", "17"}).text == "17");
  CHECK(target({"--to-time", "x"}).kind == Kind::time);
  CHECK(target({"--to-xid", "4"}).kind == Kind::xid);
  CHECK(target({"--to-restore-point", "a@b"}).kind == Kind::restore_point);
}

TEST_CASE("restore takes everything that narrows it") {
  const auto command = std::get<RestoreCommand>(
      parse({"-r", "/r", "restore", "--target-dir", "/t", "--timeline", "3", "--snapshot", "S", "--exclusive",
             "--time-tolerance", "5s", "--dry-run"})
          .command);
  CHECK(command.request.target_directory == "/t");
  CHECK(command.request.timeline == TimelineId{3});
  CHECK(command.request.snapshot == "S");
  CHECK(command.request.exclusive);
  CHECK(command.request.time_tolerance == std::chrono::seconds(5));
  CHECK(command.dry_run);
}

TEST_CASE("restore-point has three commands of its own") {
  const auto create = std::get<CreateRestorePointRequest>(
      parse({"-r", "/r", "restore-point", "create", "list", "/db", "--description", "d"}).command);
  CHECK(create.name == "list");
  CHECK(create.archive.source == "/db");
  CHECK(create.description == "d");
  CHECK(std::holds_alternative<ListRestorePoints>(parse({"-r", "/r", "restore-point", "list"}).command));
  CHECK(std::get<DeleteRestorePoint>(parse({"-r", "/r", "restore-point", "delete", "x"}).command).name ==
        "x");
}

TEST_CASE("the repository comes from the command line, else the environment, else the file") {
  const TempDir dir;
  const std::string file = write_config(dir, "repo = \"/from-file\"\n");
  setenv("PITRCTL_REPO", "/from-environment", 1);
  CHECK(parse_command_line({"--config", file, "list", "--repo", "/given"}).globals.repository_url ==
        "/given");
  CHECK(parse_command_line({"--config", file, "list"}).globals.repository_url == "/from-environment");
  unsetenv("PITRCTL_REPO");
  CHECK(parse_command_line({"--config", file, "list"}).globals.repository_url == "/from-file");
}

TEST_CASE("a configuration file sets options of commands, and only of theirs") {
  const TempDir dir;
  const std::string file = write_config(dir,
                                        "repo = \"/r\"\njobs = 9\nquiet = true\njson = false\n"
                                        "[init]\ncompression = \"lz4\"\n"
                                        "[archive]\nno-bridge = true\n"
                                        "[restore]\ntime-tolerance = \"7s\"\n");
  const CommandLine archive = parse({"--config", file, "archive", "/db"});
  CHECK(archive.globals.jobs == 9);
  CHECK(archive.globals.quiet);
  CHECK_FALSE(archive.globals.json);
  CHECK_FALSE(std::get<ArchiveRequest>(archive.command).allow_bridge);
  CHECK(std::get<ArchiveRequest>(parse({"--config", file, "snapshot", "/db"}).command).allow_bridge);
  CHECK(std::get<InitRequest>(parse({"--config", file, "init"}).command).codec.kind == CodecKind::lz4);
  CHECK(std::get<RestoreCommand>(parse({"--config", file, "restore", "--target-dir", "/t"}).command)
            .request.time_tolerance == std::chrono::seconds(7));
  CHECK(parse({"--config", file, "list", "-j", "2"}).globals.jobs == 2);
}

TEST_CASE("a wrong configuration is refused with file, line and key") {
  const TempDir dir;
  const auto problem = [&](const std::string& text) {
    const Error error = refusal({"--config", write_config(dir, "repo = \"/r\"\n" + text), "list"});
    CHECK(error.code() == Errc::usage);
    return std::string(error.what());
  };
  const std::string place = (dir / "pitr.toml").string() + ":2: ";
  CHECK(problem("job = 4") == place + "unknown key job");
  CHECK(problem("help = true") == place + "unknown key help");
  CHECK(problem("[archive]\nsource = \"/db\"") ==
        (dir / "pitr.toml").string() + ":3: unknown key archive.source");
  CHECK(problem("[archve]\nno-bridge = true")
            .starts_with((dir / "pitr.toml").string() + ":3: there is no command 'archve'"));
  CHECK(problem("jobs = 0") == place + "jobs: '0' is not a whole number from 1 to 256");
  CHECK(problem("jobs = true") == place + "jobs must be a string in quotes or a whole number");
  CHECK(problem("json = 1") == place + "json must be true or false");
  CHECK(problem("repo2 = 1") == place + "unknown key repo2");
  CHECK(contains(problem("[restore]\ntime-tolerance = \"soon\""), ":3: restore.time-tolerance: "));
}

TEST_CASE("a missing configuration file is a usage error") {
  const Error error = refusal({"--config", "/nowhere/x.toml", "-r", "/r", "list"});
  CHECK(error.code() == Errc::usage);
  CHECK(contains(error.what(), "/nowhere/x.toml"));
}

TEST_CASE("a misspelled command or option is refused with the nearest one") {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message,
                        const std::string& hint) {
    const Error error = refusal(arguments);
    CHECK(error.code() == Errc::usage);
    CHECK(error.what() == message);
    CHECK(error.hint() == hint);
  };
  check({"-r", "/r", "lsit"}, "pitrctl has no command 'lsit'", "did you mean list?");
  check({"-r", "/r", "frobnicate"}, "pitrctl has no command 'frobnicate'",
        "pitrctl --help lists the commands");
  check({"-r", "/r", "restore-point", "creat"}, "pitrctl restore-point has no command 'creat'",
        "did you mean create?");
  check({"-r", "/r", "list", "--sinse", "x"}, "pitrctl list has no option --sinse", "did you mean --since?");
  check({"-r", "/r", "archive", "/db", "--jbos=3"}, "pitrctl archive has no option --jbos",
        "did you mean --jobs?");
  check({"--reop", "/r", "list"}, "pitrctl list has no option --reop", "did you mean --repo?");
  check({"-r", "/r", "list", "windws"},
        "SUBJECT: 'windws' is not one of overview, windows, snapshots, segments, timelines, "
        "restore-points, transactions",
        "did you mean windows?");
  check({"-r", "/r", "validate", "--level", "record"},
        "--level: 'record' is not one of chain, checksums, records", "did you mean records?");
}

TEST_CASE("what is missing or too much is a usage error") {
  const auto message = [](const std::vector<std::string>& arguments) {
    const Error error = refusal(arguments);
    CHECK(error.code() == Errc::usage);
    return std::string(error.what());
  };
  CHECK(message({}) == "pitrctl needs a command");
  CHECK(message({"-r", "/r", "restore-point"}) == "pitrctl restore-point needs a command");
  CHECK(message({"list"}) == "no repository given");
  CHECK(message({"-r", "/r", "archive"}) == "pitrctl archive: SOURCE is required");
  CHECK(message({"-r", "/r", "restore"}) == "pitrctl restore: --target-dir is required");
  CHECK(message({"-r", "/r", "archive", "/db", "/db2"}) ==
        "pitrctl archive does not expect the argument '/db2'");
  CHECK(message({"--repo=", "list"}) == "--repo has no value");
  CHECK(message({"-r", "/r", "-j", "257", "list"}) == "--jobs: '257' is not a whole number from 1 to 256");
  CHECK(message({"-r", "/r", "-j", "4x", "list"}) == "--jobs: '4x' is not a whole number from 1 to 256");
  CHECK(message({"-r", "/r", "-q", "-v", "list"}) == "--quiet and --verbose exclude each other");
  CHECK(message({"-r", "/r", "list", "--limit", "3"}) == "the overview has no --limit");
  CHECK(message({"-r", "/r", "archive", "/db", "--same-database", "--new-timeline"}) ==
        "--same-database and --new-timeline exclude each other");
  CHECK(message({"-r", "/r", "restore", "--target-dir", "/t", "--to-xid", "1", "--to-lsn", "2"}) ==
        "--to-lsn and --to-xid exclude each other");
}

TEST_CASE("a time without a zone is refused before anything is read") {
  const Error error = refusal({"-r", "/r", "list", "--since", "2026-11-23 10:00:00"});
  CHECK(error.code() == Errc::usage);
  CHECK(std::string(error.what()).starts_with("--since: "));
}

TEST_CASE("help and version need neither repository nor arguments") {
  CHECK(std::get<ShowText>(parse({"--version"}).command).text.starts_with("pitrctl "));
  CHECK(std::get<ShowText>(parse({"--help"}).command).text.starts_with("Usage: pitrctl COMMAND"));
  CHECK(std::get<ShowText>(parse({"restore", "-h"}).command)
            .text.starts_with("Usage: pitrctl restore --target-dir DIR"));
  CHECK(std::get<ShowText>(parse({"restore-point", "create", "--help"}).command)
            .text.starts_with("Usage: pitrctl restore-point create NAME SOURCE [OPTIONS]"));
}

TEST_CASE("each command has its own key file of the database") {
  const TempDir dir;
  const std::string file = write_config(dir, "repo = \"/r\"\n[archive]\nsource-key-file = \"/etc/key\"\n");
  const auto key_file = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", file});
    return parse_command_line(arguments).globals.source_key_file;
  };
  CHECK(key_file({"archive", "/db"}) == fs::path("/etc/key"));
  CHECK(key_file({"archive", "/db", "--source-key-file", "/other"}) == fs::path("/other"));
  CHECK_FALSE(key_file({"restore", "--target-dir", "/t"}));
  CHECK_FALSE(key_file({"list"}));
  CHECK(key_file({"restore-point", "create", "v", "/db", "--source-key-file", "/k"}) == fs::path("/k"));
  for (const char* command : {"list", "validate"})
    CHECK(key_file({command, "--source-key-file", "/k"}) == fs::path("/k"));
}

TEST_CASE("a restore may leave out what only a process had in memory") {
  const auto restore = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"--repo", "/r", "restore", "--target-dir", "/t"});
    return std::get<RestoreCommand>(parse_command_line(more).command).request.recovery.generation_only;
  };
  CHECK(restore({"--generation-only"}));
  CHECK_FALSE(restore({}));
}
