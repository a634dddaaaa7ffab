#include "engine/postgresql/recovery_settings.hpp"
#include "support/caught.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::contains;

RecoveryOptions options() {
  RecoveryOptions options;
  options.fetch_command = {"/usr/bin/pitrctl", "fetch"};
  return options;
}

std::string conf(const RecoveryOptions& with, std::string_view before = "") {
  return recovery_conf(before, with, {{0x16B3740}, {0x16B3778}}, {7});
}

TEST_CASE("a value is quoted so that the server reads it back") {
  CHECK(quoted_setting("plain") == "'plain'");
  CHECK(quoted_setting("it's") == "'it''s'");
  CHECK(quoted_setting("a\\b") == "'a\\\\b'");
  CHECK(quoted_setting("a\nb") == "'a\\nb'");
  CHECK(quoted_setting("") == "''");
}

TEST_CASE("a command's words reach it whole, whatever is in them") {
  CHECK(restore_command({"/bin/pitrctl", "a b"}) == "'/bin/pitrctl' 'a b' \"%f\" \"%p\"");
  CHECK(restore_command({"it's"}) == "'it'\\''s' \"%f\" \"%p\"");
  CHECK(restore_command({"100%f"}) == "'100%%f' \"%f\" \"%p\"");
  CHECK(test::caught([] { static_cast<void>(restore_command({})); }).code() == Errc::internal);
}

TEST_CASE("recovery ends after the last record, on a timeline named by its number") {
  const std::string text = conf(options());
  CHECK(contains(text, "recovery_target_lsn = '0/16B3740'\n"));
  CHECK(contains(text, "recovery_target_inclusive = 'on'\n"));
  CHECK(contains(text, "recovery_target_timeline = '7'\n"));
  CHECK(contains(text, "recovery_target_action = 'promote'\n"));
}

TEST_CASE("other targets are cleared, and before the one that counts: old servers take no other order") {
  const std::string text = conf(options());
  const auto target = text.find("recovery_target_lsn = ");
  for (const char* name :
       {"recovery_target", "recovery_target_name", "recovery_target_time", "recovery_target_xid"})
    CHECK(text.find(std::string(name) + " = ''\n") < target);
}

TEST_CASE("what stood there before stays, in lines of its own, and comes first") {
  const std::string text = conf(options(), "work_mem = '7MB'");
  CHECK(text.starts_with("work_mem = '7MB'\n"));
}

TEST_CASE("a restored cluster archives only when told to") {
  CHECK(contains(conf(options()), "archive_mode = 'off'\n"));
  CHECK(contains(recovered_conf("", options()), "archive_mode = 'off'\n"));
  RecoveryOptions keeps = options();
  keeps.keeps_archiving = true;
  CHECK_FALSE(contains(conf(keeps), "archive_mode"));
  CHECK(recovered_conf("a = 1", keeps) == "a = 1\n");
}

TEST_CASE("a cluster that has recovered keeps none of the recovery's settings") {
  const std::string text = recovered_conf("a = 1\n", options());
  CHECK_FALSE(contains(text, "restore_command"));
  CHECK_FALSE(contains(text, "recovery_"));
}

TEST_CASE("a server that shall pause can be looked into") {
  RecoveryOptions pauses = options();
  pauses.action = RecoveryOptions::Action::pause;
  CHECK(contains(conf(pauses), "recovery_target_action = 'pause'\n"));
  CHECK(contains(conf(pauses), "hot_standby = 'on'\n"));
  RecoveryOptions ends = options();
  ends.action = RecoveryOptions::Action::shut_down;
  CHECK(contains(conf(ends), "recovery_target_action = 'shutdown'\n"));
}

}  // namespace
}  // namespace pitr::postgresql
