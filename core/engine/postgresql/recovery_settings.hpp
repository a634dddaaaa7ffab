#pragma once

#include "engine/engine.hpp"
#include "engine/postgresql/last_record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pitr::postgresql {

// A value as it stands in a configuration file, quotes included.
std::string quoted_setting(std::string_view value);

// restore_command: the words of a command, whatever is in them, and the name and place of a file of the log.
std::string restore_command(const std::vector<std::string>& words);

// postgresql.auto.conf of a cluster that is to recover up to and including a record: what it held before, and
// settings that outdo whatever stands there or in postgresql.conf. Throws Errc::internal without a
// fetch_command.
std::string recovery_conf(std::string_view before, const RecoveryOptions& options, const RecordPlace& last,
                          TimelineId timeline);

// The same of a cluster that has recovered: only what is to last.
std::string recovered_conf(std::string_view before, const RecoveryOptions& options);

}  // namespace pitr::postgresql
