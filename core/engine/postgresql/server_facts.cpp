#include "engine/postgresql/server_facts.hpp"

#include "base/json.hpp"

namespace pitr::postgresql {

namespace {

constexpr const char* kRight = "the role must be a superuser or a member of pg_read_all_settings";

bool has_destination(ServerConnection& connection) {
  const auto row = connection.row(
      "SELECT current_setting('archive_command') <> '' OR coalesce(current_setting('archive_library', true), "
      "'') <> ''",
      {}, kRight);
  return bool_of(row, 0);
}

ServerFacts::Archiving archiving(ServerConnection& connection) {
  // While it is off, archive_command shows a text that is no command.
  const auto row = connection.row("SELECT current_setting('archive_mode')", {}, kRight);
  if (text_of(row, 0) == "off") return ServerFacts::Archiving::off;
  return has_destination(connection) ? ServerFacts::Archiving::on
                                     : ServerFacts::Archiving::without_destination;
}

// A checkpoint may be older than the promotion that began the timeline.
TimelineId timeline(ServerConnection& connection, bool in_recovery) {
  const auto row = connection.row(
      in_recovery ? "SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) "
                    "FROM pg_control_checkpoint() c, pg_control_recovery() r"
                  : "SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int",
      {}, kRight);
  return {static_cast<std::uint32_t>(number_of(row, 0))};
}

}  // namespace

ServerFacts server_facts(ServerConnection& connection) {
  const auto row = connection.row(
      "SELECT split_part(current_setting('server_version'), ' ', 1), s.system_identifier, "
      "i.bytes_per_wal_segment, pg_is_in_recovery(), "
      "current_setting('data_checksums') = 'on', current_setting('data_directory'), current_setting('port'), "
      "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint "
      "FROM pg_control_system() s, pg_control_init() i",
      {}, kRight);
  ServerFacts facts;
  facts.major = connection.major();
  facts.version = text_of(row, 0);
  facts.system_identifier = static_cast<std::uint64_t>(number_of(row, 1));
  facts.wal_segment_size = static_cast<std::uint32_t>(number_of(row, 2));
  facts.in_recovery = bool_of(row, 3);
  facts.has_checksums = bool_of(row, 4);
  facts.data_directory = text_of(row, 5);
  facts.port = static_cast<std::uint16_t>(number_of(row, 6));
  facts.started_at = {number_of(row, 7)};
  facts.timeline = timeline(connection, facts.in_recovery);
  facts.archiving = archiving(connection);
  return facts;
}

std::map<std::uint32_t, std::string> tablespace_names(ServerConnection& connection) {
  const auto row =
      connection.row("SELECT coalesce(json_object_agg(oid, spcname), '{}') FROM pg_tablespace", {}, kRight);
  std::map<std::uint32_t, std::string> names;
  const Json json = parse_json(text_of(row, 0), "the list of tablespaces");
  for (const auto& [oid, name] : json.items())
    names.emplace(static_cast<std::uint32_t>(std::stoul(oid)), name.get<std::string>());
  return names;
}

}  // namespace pitr::postgresql
