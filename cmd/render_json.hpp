#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "cmd/listing.hpp"
#include "model/restore_point.hpp"
#include "run/archive.hpp"
#include "run/fetch.hpp"
#include "run/init.hpp"
#include "run/list.hpp"
#include "run/restore.hpp"
#include "run/restore_points.hpp"
#include "run/validate.hpp"

#include <string_view>

namespace pitr::cmd {

// The same reports as render_text.hpp, as documents for scripts: "schema" first, then the members that the
// manual pages promise. Sizes are bytes, durations seconds, LSNs and times strings, what is absent is null.
Json render_json(const InitReport& report);
// schema: "pitrctl/archive/1" or "pitrctl/snapshot/1".
Json render_json(const ArchiveReport& report, std::string_view schema);
Json render_json(const FetchReport& report);
Json render_json(const Listing& listing);
Json render_json(const TransactionList& list);
Json render_json(const ValidateReport& report);
Json render_json(const RestorePlan& plan);  // the document of a restore, without its result
Json render_json(const RestoreResult& result, const RestorePlan& plan);  // its member "result"
Json render_json(const CreateRestorePointReport& report);
Json render_json(const DeleteRestorePointReport& report);

// The member "error".
Json render_json(const Error& error);
Json render_json(const RefusedRestore& refused);

}  // namespace pitr::cmd
