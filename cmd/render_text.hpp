#pragma once

#include "cmd/listing.hpp"
#include "model/restore_point.hpp"
#include "run/archive.hpp"
#include "run/fetch.hpp"
#include "run/init.hpp"
#include "run/list.hpp"
#include "run/restore.hpp"
#include "run/restore_points.hpp"
#include "run/validate.hpp"

#include <cstddef>
#include <string>

namespace pitr::cmd {

// How text for people is laid out.
struct TextStyle {
  std::size_t width = 80;  // of the terminal
  bool unicode = false;    // else plain ASCII
  bool verbose = false;
};

// One report each as text for people; complete lines.
std::string render_text(const InitReport& report);
std::string render_text(const ArchiveReport& report, const TextStyle& style);
std::string render_text(const FetchReport& report);
std::string render_text(const Listing& listing, const TextStyle& style);
std::string render_text(const TransactionList& list);
std::string render_text(const ValidateReport& report, const TextStyle& style);
std::string render_text(const RestorePlan& plan, const TextStyle& style);
std::string render_text(const RestoreResult& result, const RestorePlan& plan);
std::string render_text(const CreateRestorePointReport& report, const TextStyle& style);
std::string render_text(const DeleteRestorePointReport& report);

// The nearest reachable points and the candidates of a refusal, one line each.
std::string render_text(const RefusedRestore& refused);

}  // namespace pitr::cmd
