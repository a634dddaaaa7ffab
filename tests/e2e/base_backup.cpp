// Takes a base backup into a plain directory, as the engine hands it out:
//   base_backup SOURCE DESTINATION           prints what the backup tells of itself, as JSON
//   base_backup --pause SOURCE DESTINATION   prints "started" first, and copies after a line of input
//   base_backup --facts SOURCE               prints what the server tells of itself, as JSON
//   base_backup --restore-point SOURCE NAME  creates a restore point and switches the log
// Tablespaces are put beside the destination, in DESTINATION.OID.
#include "engine/postgresql/base_backup.hpp"

#include "base/json.hpp"
#include "engine/postgresql/wal_commands.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace {

using namespace pitr;
using namespace pitr::postgresql;

constexpr std::size_t kPiece = 256 * 1024;

std::string text(Lsn lsn) { return format_lsn(lsn, LsnNotation::hex_pair); }

void write_file(const fs::path& destination, const SnapshotSourceFile& file) {
  const fs::path path = destination / file.path;
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL, file.mode);
  Bytes buffer(kPiece);
  for (std::uint64_t at = 0; at < file.size; at += kPiece) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(kPiece, file.size - at));
    file.read(at, piece);
    write_all(fd.get(), piece, path);
  }
}

void make_directories(const fs::path& destination, const BackupFiles& files) {
  fs::create_directory(destination);
  fs::permissions(destination, static_cast<fs::perms>(files.mode));
  for (const auto& [path, mode] : files.directories) {
    fs::path directory = destination / path;
    if (directory.parent_path().filename() == "pg_tblspc") {
      const fs::path link = directory;
      directory = destination.native() + "." + link.filename().native();
      fs::create_symlink(directory, link);
    }
    fs::create_directory(directory);
    fs::permissions(directory, static_cast<fs::perms>(mode));
  }
}

Json describe(const BaseBackup& backup, const BackupEnd& end) {
  Json json;
  json["start"] = text(backup.start());
  json["stop"] = text(end.stop);
  json["timeline"] = end.label.timeline.value;
  json["timeline_at_end"] = end.server.timeline.value;
  json["from_standby"] = end.label.from_standby;
  json["label"] = end.label.label;
  json["system_identifier"] = backup.server().system_identifier;
  json["size"] = backup.files().size();
  json["pages"] = backup.pages().checked;
  json["bad"] = backup.pages().bad;
  json["bad_pages"] = Json::array();
  for (const auto& page : backup.pages().listed)
    json["bad_pages"].push_back({page.file, page.block, page.computed, page.stored});
  json["tablespaces"] = Json::array();
  for (const auto& [oid, name, location] : backup.tablespaces())
    json["tablespaces"].push_back({oid, name, location});
  json["remarks"] = backup.files().remarks;
  return json;
}

void back_up(const std::string& source, const fs::path& destination, bool pauses) {
  BaseBackup backup(ServerConnection(source), {"a test", true});
  if (pauses) {
    std::cout << "started" << std::endl;
    std::cin.get();
  }
  make_directories(destination, backup.files());
  backup.for_each_file([&](const SnapshotSourceFile& file) { write_file(destination, file); });
  const BackupEnd end = backup.stop();
  // The map names the places of the tablespaces that are in use.
  write_file(destination, end.files.front());
  fmt::print("{}\n", describe(backup, end).dump());
}

const char* archiving_name(ServerFacts::Archiving archiving) {
  switch (archiving) {
    case ServerFacts::Archiving::off:
      return "off";
    case ServerFacts::Archiving::without_destination:
      return "without destination";
    case ServerFacts::Archiving::on:
      return "on";
  }
  return "";
}

void print_facts(const std::string& source) {
  ServerConnection connection(source);
  const ServerFacts facts = server_facts(connection);
  Json json;
  json["version"] = facts.version;
  json["major"] = facts.major;
  json["system_identifier"] = facts.system_identifier;
  json["timeline"] = facts.timeline.value;
  json["segment_size"] = facts.wal_segment_size;
  json["in_recovery"] = facts.in_recovery;
  json["checksums"] = facts.has_checksums;
  json["data_directory"] = facts.data_directory.native();
  json["archiving"] = archiving_name(facts.archiving);
  fmt::print("{}\n", json.dump());
}

void make_restore_point(const std::string& source, const std::string& name) {
  ServerConnection connection(source);
  const Lsn point = create_restore_point(connection, name);
  fmt::print("{} {}\n", text(point), text(switch_wal(connection)));
}

int run(const std::vector<std::string>& arguments) {
  const bool has_option = !arguments.empty() && arguments[0].starts_with("--");
  const std::string option = has_option ? arguments[0] : "";
  const std::vector<std::string> rest(arguments.begin() + (has_option ? 1 : 0), arguments.end());
  if (option == "--facts" && rest.size() == 1) {
    print_facts(rest[0]);
  } else if (option == "--restore-point" && rest.size() == 2) {
    make_restore_point(rest[0], rest[1]);
  } else if ((option.empty() || option == "--pause") && rest.size() == 2) {
    back_up(rest[0], rest[1], !option.empty());
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    const Json json{{"code", code_name(error.code())}, {"message", error.what()}, {"hint", error.hint()}};
    fmt::print("{}\n", json.dump());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "base_backup: {}\n", error.what());
    return 1;
  }
}
