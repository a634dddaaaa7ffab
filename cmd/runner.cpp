#include "cmd/runner.hpp"

#include "cmd/exit_code.hpp"
#include "cmd/human.hpp"
#include "cmd/render_json.hpp"
#include "run/list.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

int exit_code_of(const ValidateReport& report) {
  // The worst first.
  constexpr std::array kOrder{kExitCorrupt, kExitGap, kExitConflict, kExitPromiseBroken};
  if (report.healthy()) return kExitDone;
  for (const int status : kOrder) {
    const auto has = [status](const Finding& finding) { return exit_code(finding.code) == status; };
    if (std::any_of(report.findings.begin(), report.findings.end(), has)) return status;
  }
  return kExitFailed;
}

}  // namespace

Runner::Runner(const GlobalOptions& globals, const Terminal& terminal, const Streams& streams,
               Progress& progress)
    : globals_(globals),
      style_{terminal.width, terminal.unicode, globals.verbose},
      streams_(streams),
      context_{globals.repository_url, globals.jobs, progress, {}} {
  context_.source_key_file = globals.source_key_file;
  context_.warn = [this, &progress](std::string_view warning) {
    if (globals_.json) {
      warnings_.emplace_back(warning);
    } else if (!globals_.quiet) {
      progress.end();
      streams_.err << "warning: " << printable(warning) << std::endl;
    }
  };
}

template <typename Document, typename Text>
void Runner::print(Document document, Text text, bool only_success) {
  if (globals_.json) {
    print_document(document());
  } else if (!only_success || !globals_.quiet) {
    print_text(text());
  }
}

void Runner::print_document(Json document) {
  document["warnings"] = warnings_;
  print_text(document_text(document));
}

void Runner::print_text(const std::string& text) {
  context_.progress.end();
  streams_.out << text;
  flush(streams_.out);
}

int Runner::operator()(const ShowText& text) {
  print_text(text.text);
  return kExitDone;
}

int Runner::operator()(const InitRequest& request) {
  const InitReport report = init_repository(context_, request);
  print([&] { return render_json(report); }, [&] { return render_text(report); }, true);
  return kExitDone;
}

int Runner::operator()(const ArchiveRequest& request) {
  const ArchiveReport report = archive(context_, request);
  const char* schema = request.take_snapshot ? "pitrctl/snapshot/1" : "pitrctl/archive/1";
  print([&] { return render_json(report, schema); }, [&] { return render_text(report, style_); },
        !is_damaged(report));
  return is_damaged(report) ? kExitCorrupt : kExitDone;
}

int Runner::operator()(const FetchRequest& request) {
  const FetchReport report = fetch(context_, request);
  const bool found = report.origin != FetchReport::Origin::nowhere;
  // The server writes to its log what it was given.
  if (globals_.json || globals_.verbose || !found)
    print([&] { return render_json(report); }, [&] { return render_text(report); }, true);
  return found ? kExitDone : kExitNotArchived;
}

int Runner::operator()(const ListRequest& request) {
  if (request.subject == ListSubject::transactions) {
    TransactionFilter filter{request.timeline, request.since, request.until, {}};
    filter.limit = request.limit.value_or(TransactionFilter().limit);
    const TransactionList list = list_transactions(context_, filter);
    print([&] { return render_json(list); }, [&] { return render_text(list); }, false);
    return kExitDone;
  }
  const Listing listing = make_listing(take_inventory(context_), request);
  print([&] { return render_json(listing); }, [&] { return render_text(listing, style_); }, false);
  return kExitDone;
}

int Runner::operator()(const ValidateRequest& request) {
  const ValidateReport report = validate(context_, request);
  print([&] { return render_json(report); }, [&] { return render_text(report, style_); }, report.healthy());
  return exit_code_of(report);
}

int Runner::operator()(const RestoreCommand& command) {
  Restore restore(context_, command.request);
  const auto answer = restore.plan();
  if (const auto* refused = std::get_if<RefusedRestore>(&answer)) return refuse(*refused);
  const auto& plan = std::get<RestorePlan>(answer);
  if (command.dry_run) {
    print([&] { return render_json(plan); }, [&] { return render_text(plan, style_); }, false);
    return kExitDone;
  }
  if (!globals_.json && !globals_.quiet) print_text(render_text(plan, style_));
  Json document = render_json(plan);
  try {
    const RestoreResult result = restore.execute();
    document["result"] = render_json(result, plan);
    print([&] { return document; }, [&] { return render_text(result, plan); }, true);
    return kExitDone;
  } catch (const Error& error) {
    if (!globals_.json) throw;
    document["error"] = render_json(error);
    print_document(document);
    return exit_code(error.code());
  }
}

int Runner::operator()(const CreateRestorePointRequest& request) {
  const CreateRestorePointReport report = create_restore_point(context_, request);
  const bool found_damage = report.archive && is_damaged(*report.archive);
  print([&] { return render_json(report); }, [&] { return render_text(report, style_); }, !found_damage);
  return found_damage ? kExitCorrupt : kExitDone;
}

int Runner::operator()(const ListRestorePoints& /*request*/) {
  ListRequest request;
  request.subject = ListSubject::restore_points;
  const Listing listing = make_listing(take_inventory(context_), request);
  print(
      [&] {
        Json document = render_json(listing);
        document["schema"] = "pitrctl/restore-point/1";
        document.erase("subject");
        document.erase("truncated");
        return document;
      },
      [&] { return render_text(listing, style_); }, false);
  return kExitDone;
}

int Runner::operator()(const DeleteRestorePoint& request) {
  const auto report = delete_restore_point(context_, request.name);
  print([&] { return render_json(report); }, [&] { return render_text(report); }, true);
  return kExitDone;
}

int Runner::refuse(const RefusedRestore& refused) {
  print_refusal(streams_, globals_.json, refused);
  return exit_code(refused.refusal.code);
}

namespace {

void print_failure(const Streams& streams, const std::string& message, const std::string& details,
                   const std::string& hint) {
  streams.err << "error: " << printable(message) << "\n" << details;
  if (!hint.empty()) streams.err << "hint: " << printable(hint) << "\n";
  streams.err << std::flush;
}

void print_error_document(const Streams& streams, Json error) {
  Json document;
  document["error"] = std::move(error);
  streams.out << document_text(document);
  flush(streams.out);
}

}  // namespace

void print_error(const Streams& streams, bool json, const Error& error) {
  if (json) return print_error_document(streams, render_json(error));
  print_failure(streams, error.what(), {}, error.hint());
}

void print_refusal(const Streams& streams, bool json, const RefusedRestore& refused) {
  if (json) return print_error_document(streams, render_json(refused));
  print_failure(streams, refused.refusal.message, render_text(refused), refused.refusal.hint);
}

std::string document_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void flush(std::ostream& out) {
  errno = 0;
  out.flush();
  if (out || errno == EPIPE) return;
  const int reason = errno == 0 ? EIO : errno;
  throw Error(Errc::io_error, fmt::format("cannot write to standard output: {}", std::strerror(reason)));
}

}  // namespace pitr::cmd
