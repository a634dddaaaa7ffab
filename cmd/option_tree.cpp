#include "cmd/option_tree.hpp"

#include "base/error.hpp"
#include "cmd/config_loader.hpp"
#include "cmd/help.hpp"
#include "cmd/help_texts.hpp"
#include "cmd/numbers.hpp"
#include "cmd/suggest.hpp"
#include "repo/repository_document.hpp"
#include "run/engines.hpp"

#include <memory>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr::cmd {

namespace {

constexpr std::size_t kMostJobs = 256;
constexpr const char* kServerGroup = "PostgreSQL";
constexpr const char* kSochdbGroup = "SochDB";
constexpr std::size_t kMostPrefetch = 64;
constexpr std::size_t kMostAhead = 64;

const std::vector<std::string>& subject_names() {
  static const std::vector<std::string> names{"overview",  "windows",        "snapshots",   "segments",
                                              "timelines", "restore-points", "transactions"};
  return names;
}

std::pair<std::string, fs::path> parse_mapping(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
    throw Error(Errc::usage, fmt::format("'{}' does not say which tablespace goes where", text),
                "write the tablespace's name or OID, '=' and an absolute directory");
  }
  return {text.substr(0, sign), text.substr(sign + 1)};
}

}  // namespace

OptionTree::OptionTree()
    : app_("Point-in-time recovery: archives a database's log and restores any point of it.", "pitrctl") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.require_subcommand(1);
  add_globals();
  add_init();
  add_archive();
  add_snapshot();
  add_fetch();
  add_list();
  add_validate();
  add_restore();
  add_restore_point();
}

const std::vector<std::string>* OptionTree::choices(const CLI::Option* option) const {
  const auto found = choices_.find(option);
  return found == choices_.end() ? nullptr : &found->second;
}

void OptionTree::set_origin(const CLI::Option* option, std::string origin) {
  origins_[option] = std::move(origin);
}

CLI::App* OptionTree::command(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App* app = parent.add_subcommand(name, description);
  app->fallthrough();
  return app;
}

CLI::Option* OptionTree::value(CLI::App& app, const Value& option, Reader read) {
  const auto made = std::make_shared<const CLI::Option*>(nullptr);
  CLI::Option* added = app.add_option_function<std::string>(
      option.names,
      [this, made, read = std::move(read)](const std::string& text) {
        try {
          read(text);
        } catch (const Error& error) {
          if (error.code() != Errc::usage) throw;
          const auto origin = origins_.find(*made);
          const std::string place = origin == origins_.end() ? (*made)->get_name() : origin->second;
          throw Error(Errc::usage, fmt::format("{}: {}", place, error.what()), error.hint());
        }
      },
      option.description);
  *made = added;
  if (!option.type.empty()) added->type_name(option.type);
  return added;
}

CLI::Option* OptionTree::values(CLI::App& app, const Value& option, const Reader& read) {
  CLI::Option* added = value(app, option, [read](const std::string& all) {
    std::istringstream lines(all);
    for (std::string text; std::getline(lines, text);) read(text);
  });
  return added->multi_option_policy(CLI::MultiOptionPolicy::Join);
}

CLI::Option* OptionTree::choice(CLI::App& app, const Value& option, std::vector<std::string> values,
                                std::function<void(std::size_t)> chosen) {
  CLI::Option* added = value(app, option, [values, chosen = std::move(chosen)](const std::string& text) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == text) return chosen(i);
    }
    const std::string nearest = nearest_word(text, values);
    throw Error(Errc::usage, fmt::format("'{}' is not one of {}", text, fmt::join(values, ", ")),
                nearest.empty() ? "" : fmt::format("did you mean {}?", nearest));
  });
  choices_[added] = std::move(values);
  return added;
}

CLI::Option* OptionTree::flag(CLI::App& app, const std::string& names, bool& value,
                              const std::string& description) {
  return app.add_flag(names, value, description);
}

void OptionTree::add_globals() {
  app_.set_help_flag("-h,--help", "Show this help")->configurable(false)->group(kGlobalGroup);
  app_.set_version_flag("--version", PITRCTL_VERSION, "Show the version")
      ->configurable(false)
      ->group(kGlobalGroup);
  value(app_, {"-r,--repo", "URL", "The repository: a path or file://PATH ($PITRCTL_REPO)"},
        [this](const std::string& text) { values_.globals.repository_url = text; })
      ->envname("PITRCTL_REPO")
      ->group(kGlobalGroup);
  app_.set_config("--config", "", "Read options from a TOML file")
      ->type_name("FILE")
      ->configurable(false)
      ->group(kGlobalGroup);
  app_.config_formatter(std::make_shared<ConfigLoader>(*this));
  flag(app_, "--json", values_.globals.json, "Print one JSON document on standard output")
      ->group(kGlobalGroup);
  flag(app_, "-q,--quiet", values_.globals.quiet, "Print nothing about what went well")->group(kGlobalGroup);
  flag(app_, "-v,--verbose", values_.globals.verbose, "Print more detail, and how long it took")
      ->group(kGlobalGroup);
  value(app_, {"-j,--jobs", "N", "Work on up to N objects at once (1 to 256; default 4)"},
        [this](const std::string& text) {
          values_.globals.jobs = read_number(text, {1, kMostJobs});
        })
      ->group(kGlobalGroup);
  app_.footer(kFooter);
}

void OptionTree::add_source(CLI::App& app, ArchiveRequest& request) {
  value(app,
        {"SOURCE", "",
         "For sqlite the database file, in WAL mode; for sochdb the database's directory; for postgresql a "
         "file "
         "of the log (%p) to archive, else the server: its data directory or a connection string"},
        [&request](const std::string& text) { request.source = text; })
      ->required()
      ->configurable(false);
  app.add_flag_callback(
         "--no-bridge", [&request] { request.allow_bridge = false; },
         "Fail (exit 4) where the log does not go on from what is archived")
      ->group("Safety");
  const auto claim = [&](const std::string& name, SourceClaim meaning, const std::string& description) {
    app.add_flag_callback(
           name,
           [&request, name, meaning] {
             if (request.claim != SourceClaim::none) {
               throw Error(Errc::usage, "--same-database and --new-timeline exclude each other",
                           "a file is either the archived database, moved or rebuilt, or a copy of it");
             }
             request.claim = meaning;
           },
           description)
        ->configurable(false)
        ->disable_flag_override()
        ->group("Safety");
  };
  claim("--same-database", SourceClaim::same_database,
        "It is the archived database, moved or rebuilt: go on with it");
  claim("--new-timeline", SourceClaim::new_timeline,
        "It is a copy or a branch: give it a timeline of its own");
}

void OptionTree::add_source_key(CLI::App& app, const std::string& command) {
  value(
      app,
      {"--source-key-file", "FILE", "For sochdb: the key of an encrypted database ($SOCHDB_ENCRYPTION_KEY)"},
      [this, command](const std::string& text) { values_.source_key_files[command] = text; })
      ->group(kSochdbGroup);
}

CLI::Option* OptionTree::add_patience(CLI::App& app, ServerOptions& server) {
  return value(app, {"--wait", "D", "Wait this long for the server's log to be archived (default 5m)"},
               [&server](const std::string& text) { server.patience = parse_duration(text); })
      ->group(kServerGroup);
}

void OptionTree::add_init() {
  CLI::App* app = command(app_, "init", "Create an empty repository for one database.");
  choice(*app, {"--engine", "ENGINE", "Kind of database (default sqlite)"}, engine_names(),
         [this](std::size_t i) { values_.init.engine = engine_names()[i]; });
  CLI::Option* compression =
      value(*app,
            {"--compression", "CODEC[:LEVEL]",
             "none, zstd (levels -7 to 19), lz4 (0 to 12) or snappy (default zstd:1)"},
            [this](const std::string& text) { values_.init.codec = parse_codec(text); });
  choices_[compression] = {"none", "zstd", "lz4", "snappy"};
  app->footer(kInitFooter);
}

void OptionTree::add_archive() {
  CLI::App* app = command(app_, "archive",
                          "Archive what is new in a database's log. The first run takes a base snapshot.");
  add_source(*app, values_.archive);
  value(*app,
        {"--ahead", "N", "For postgresql: archive up to N more segments that wait (0 to 64; default 16)"},
        [this](const std::string& text) {
          values_.archive.ahead = read_number(text, {0, kMostAhead});
        });
  add_source_key(*app, "archive");
  app->footer(kArchiveFooter);
}

void OptionTree::add_snapshot() {
  CLI::App* app = command(app_, "snapshot", "Archive what is new, then take a base snapshot.");
  values_.snapshot.take_snapshot = true;
  add_source(*app, values_.snapshot);
  ServerOptions& server = values_.snapshot.server;
  choice(*app,
         {"--checkpoint", "HOW", "fast (default), or spread: the server takes its time before it begins"},
         {"fast", "spread"}, [&server](std::size_t i) { server.fast_checkpoint = i == 0; })
      ->group(kServerGroup);
  value(*app,
        {"--primary", "SOURCE", "Of a standby: how to reach its primary, which ends a segment of the log"},
        [&server](const std::string& text) { server.primary = text; })
      ->group(kServerGroup);
  add_patience(*app, server);
  add_source_key(*app, "snapshot");
  app->footer(kSnapshotFooter);
}

void OptionTree::add_fetch() {
  CLI::App* app = command(app_, "fetch", "Give PostgreSQL a file of its log: its restore_command.");
  FetchRequest& fetch = values_.fetch;
  value(*app, {"NAME", "", "The file, as PostgreSQL names it: %f"},
        [&fetch](const std::string& text) { fetch.name = text; })
      ->required()
      ->configurable(false);
  value(*app, {"DEST", "", "Where it goes: %p; what is there is replaced"},
        [&fetch](const std::string& text) { fetch.destination = text; })
      ->required()
      ->configurable(false);
  const auto bound = [&](const Value& option, Reader read) {
    value(*app, option, std::move(read))->configurable(false)->group("What recovery needs");
  };
  bound({"--repository-id", "ID", "Fail unless it is this repository"},
        [&fetch](const std::string& text) { fetch.repository_id = parse_repository_id(text); });
  bound({"--timeline", "N", "The timeline on which recovery ends"},
        [&fetch](const std::string& text) { fetch.bounds.timeline = parse_timeline(text); });
  bound({"--require-through", "LSN", "Fail if a segment that begins before this is missing"},
        [&fetch](const std::string& text) {
          fetch.bounds.require_through = parse_lsn(text, LsnNotation::hex_pair);
        });
  value(*app, {"--prefetch", "N", "Get N segments ahead of time (0 to 64; default 8)"},
        [&fetch](const std::string& text) {
          fetch.prefetch = read_number(text, {0, kMostPrefetch});
        });
  app->footer(kFetchFooter);
}

void OptionTree::add_list() {
  CLI::App* app = command(app_, "list", "Show which points can be restored, and what is broken.");
  choice(*app,
         {"SUBJECT", "",
          "overview (default), windows, snapshots, segments, timelines, restore-points or transactions"},
         subject_names(), [this](std::size_t i) { values_.list.subject = static_cast<ListSubject>(i); })
      ->configurable(false);
  const auto filter = [&](const Value& option, Reader read) {
    value(*app, option, std::move(read))->configurable(false)->group("What to show");
  };
  filter({"--timeline", "N", "Only this timeline"},
         [this](const std::string& text) { values_.list.timeline = parse_timeline(text); });
  filter({"--since", "TIME", "Only what is not older"},
         [this](const std::string& text) { values_.list.since = parse_time(text); });
  filter({"--until", "TIME", "Only what is not younger"},
         [this](const std::string& text) { values_.list.until = parse_time(text); });
  filter({"--limit", "N", "Only the newest N (transactions: default 1000)"}, [this](const std::string& text) {
    values_.list.limit = read_number(text, {1, UINT64_MAX});
  });
  add_source_key(*app, "list");
  app->footer(kListFooter);
}

void OptionTree::add_validate() {
  CLI::App* app = command(app_, "validate", "Prove the repository good: complete, continuous and undamaged.");
  choice(*app,
         {"--level", "LEVEL",
          "chain: names, manifests, sizes, continuity (default); checksums: every stored byte; records: "
          "every record of the log"},
         {"chain", "checksums", "records"},
         [this](std::size_t i) { values_.validate.level = static_cast<ValidateLevel>(i); });
  value(*app, {"--source", "SOURCE", "Also tell what the live database has that is not archived"},
        [this](const std::string& text) { values_.validate.source = text; });
  add_source_key(*app, "validate");
  app->footer(kValidateFooter);
}

void OptionTree::add_restore_targets(CLI::App& restore) {
  const auto add = [&](const Value& option, TargetText::Kind kind) {
    const std::string name = option.names;
    CLI::Option* added = option.type.empty()
                             ? restore
                                   .add_flag_callback(
                                       name,
                                       [this, name, kind] {
                                         values_.targets.emplace_back(name, TargetText{kind, {}});
                                       },
                                       option.description)
                                   ->disable_flag_override()
                             : value(restore, option, [this, name, kind](const std::string& text) {
                                 values_.targets.emplace_back(name, TargetText{kind, text});
                               });
    added->configurable(false)->group("Target (one)");
  };
  using Kind = TargetText::Kind;
  add({"--to-latest", "", "The end of everything archived (default)"}, Kind::latest);
  add({"--to-lsn", "LSN", "A position in the log"}, Kind::lsn);
  add({"--to-time", "TIME", "A time with its zone, as 2026-11-23T10:11:12Z"}, Kind::time);
  add({"--to-xid", "XID", "A transaction"}, Kind::xid);
  add({"--to-restore-point", "NAME", "A restore point; NAME@LSN where several have the name"},
      Kind::restore_point);
  add({"--immediate", "", "The snapshot itself, without any log"}, Kind::immediate);
}

void OptionTree::add_restore() {
  CLI::App* app = command(app_, "restore", "Restore the database as it was at one point.");
  RestoreCommand& restore = values_.restore;
  value(*app, {"--target-dir", "DIR", "Where to: an empty or missing directory"},
        [&restore](const std::string& text) { restore.request.target_directory = text; })
      ->required()
      ->configurable(false);
  flag(*app, "--dry-run", restore.dry_run, "Print the plan and write nothing")->configurable(false);
  add_restore_targets(*app);
  const auto precise = [&](CLI::Option* option) { return option->group("Which history, how exactly"); };
  precise(value(*app, {"--timeline", "N", "Of this timeline (default: the highest)"},
                [&restore](const std::string& text) { restore.request.timeline = parse_timeline(text); }))
      ->configurable(false);
  precise(value(*app, {"--snapshot", "ID", "From this snapshot (default: the newest that does)"},
                [&restore](const std::string& text) { restore.request.snapshot = text; }))
      ->configurable(false);
  precise(flag(*app, "--exclusive", restore.request.exclusive,
               "Stop before the LSN, time or transaction, not after it"))
      ->configurable(false);
  precise(value(
      *app,
      {"--time-tolerance", "D",
       "Accept a time that lies between two looks at the log which are at most this far apart (default 1s)"},
      [&restore](const std::string& text) { restore.request.time_tolerance = parse_duration(text); }));
  add_restore_recovery(*app);
  add_source_key(*app, "restore");
  flag(*app, "--generation-only", restore.request.recovery.generation_only,
       "Only what the database would find when it is opened again, not what its process had in memory from "
       "before the log was truncated")
      ->group(kSochdbGroup)
      ->configurable(false);
  app->footer(kRestoreFooter);
}

void OptionTree::add_restore_recovery(CLI::App& restore) {
  RecoveryOptions& recovery = values_.restore.request.recovery;
  const auto add = [](CLI::Option* option) { option->group(kServerGroup)->configurable(false); };
  add(values(restore, {"--tablespace", "NAME=DIR", "Put this tablespace, named or by its OID, into DIR"},
             [&recovery](const std::string& text) { recovery.tablespaces.push_back(parse_mapping(text)); }));
  add(choice(restore,
             {"--target-action", "ACTION",
              "What the server does at the target: promote (default), pause or shutdown"},
             {"promote", "pause", "shutdown"},
             [&recovery](std::size_t i) { recovery.action = static_cast<RecoveryOptions::Action>(i); }));
  add(flag(restore, "--replay", recovery.replays,
           "Run the server until it has recovered, and shut it down again"));
  add(flag(restore, "--archive", recovery.keeps_archiving,
           "Let the result archive its log as the original did (else archive_mode is off)"));
  add(flag(restore, "--delta", recovery.delta,
           "Bring the cluster that is in DIR to the snapshot: write only what differs"));
  add(flag(restore, "--force", recovery.force,
           "With --delta: remove from DIR what is not the database's own"));
  add(value(restore, {"--pg-bindir", "DIR", "The server's programs (default: searched for)"},
            [&recovery](const std::string& text) { recovery.binaries = fs::path(text); }));
}

void OptionTree::add_restore_point() {
  CLI::App* app = command(app_, "restore-point", "Give a point a name, list the names, or take one away.");
  app->require_subcommand(1);
  app->footer(kRestorePointFooter);
  CLI::App* create = command(*app, "create", "Archive what is new and name the point reached.");
  value(*create, {"NAME", "", "What to call the point"},
        [this](const std::string& text) { values_.create.name = text; })
      ->required()
      ->configurable(false);
  add_source(*create, values_.create.archive);
  value(*create, {"--description", "TEXT", "A line for those who will look for it"},
        [this](const std::string& text) { values_.create.description = text; })
      ->configurable(false);
  create
      ->add_flag_callback(
          "--no-wait", [this] { values_.create.archive.server.waits = false; },
          "Do not wait until the server's log with the point is archived")
      ->group(kServerGroup);
  add_patience(*create, values_.create.archive.server);
  add_source_key(*create, "restore-point create");
  create->footer(kRestorePointCreateFooter);
  command(*app, "list", "List the restore points.")->footer(kRestorePointListFooter);
  CLI::App* remove =
      command(*app, "delete", "Delete a restore point's name; the point itself stays restorable.");
  value(*remove, {"NAME", "", "Its name; NAME@LSN where several have the name"},
        [this](const std::string& text) { values_.deletion.name = text; })
      ->required()
      ->configurable(false);
  remove->footer(kRestorePointDeleteFooter);
}

}  // namespace pitr::cmd
