#include "engine/postgresql/server_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pitr::postgresql {

namespace {

// All that is in them is the server's own.
constexpr std::array<std::string_view, 14> kOwnDirectories = {
    "pg_commit_ts", "pg_dynshmem", "pg_logical",  "pg_multixact", "pg_notify",   "pg_replslot", "pg_serial",
    "pg_snapshots", "pg_stat",     "pg_stat_tmp", "pg_subtrans",  "pg_twophase", "pg_wal",      "pg_xact"};

constexpr std::array<std::string_view, 14> kOwnFiles = {
    "PG_VERSION",       "backup_label",         "backup_label.old",         "backup_manifest",
    "current_logfiles", "postgresql.auto.conf", "postgresql.auto.conf.tmp", "postmaster.opts",
    "postmaster.pid",   "recovery.done",        "recovery.signal",          "standby.signal",
    "tablespace_map",   "tablespace_map.old"};

constexpr std::array<std::string_view, 4> kForks = {"_fsm", "_vm", "_init", ""};

template <typename Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view without_digits(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? std::string_view() : text.substr(end);
}

bool is_number(std::string_view text) { return !text.empty() && without_digits(text).empty(); }

// 16384, 16384_fsm, 16384.1, t3_16384
bool is_relation(std::string_view name) {
  if (name.starts_with('t')) {
    const std::string_view rest = without_digits(name.substr(1));
    if (rest.size() == name.size() - 1 || !rest.starts_with('_')) return false;
    name = rest.substr(1);
  }
  const std::string_view rest = without_digits(name);
  if (rest.size() == name.size()) return false;
  const std::string_view fork = rest.substr(0, rest.find('.'));
  const bool is_whole = fork.size() == rest.size() || is_number(rest.substr(fork.size() + 1));
  return is_whole && is_one_of(fork, kForks);
}

bool is_in_database(std::string_view name) {
  return is_relation(name) || name == "PG_VERSION" || name.starts_with("pg_filenode.map") ||
         name.starts_with("pg_internal.init");
}

// Below base, or a tablespace's directory of a version.
bool is_in_tablespace(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/'));
  if (first == "pgsql_tmp") return true;
  if (!is_number(first)) return false;
  return first.size() == path.size() || is_in_database(path.substr(first.size() + 1));
}

}  // namespace

bool is_server_made(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/'));
  if (is_one_of(first, kOwnDirectories)) return true;
  if (first.size() == path.size()) return first == "base" || first == "global" || is_one_of(path, kOwnFiles);
  const std::string_view rest = path.substr(first.size() + 1);
  if (first == "base") return is_in_tablespace(rest);
  return first == "global" && (is_in_database(rest) || rest == "pg_control");
}

bool is_server_made_in_tablespace(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos || is_in_tablespace(path.substr(slash + 1));
}

}  // namespace pitr::postgresql
