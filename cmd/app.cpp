#include "cmd/app.hpp"

#include "base/error.hpp"
#include "cmd/command_line.hpp"
#include "cmd/exit_code.hpp"
#include "cmd/human.hpp"
#include "cmd/progress_bar.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string_view>
#include <variant>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

// What a command line that cannot be read asks for, as far as it can be told.
bool has_word(const std::vector<std::string>& arguments, std::string_view word) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::find(arguments.begin(), end, word) != end;
}

std::unique_ptr<Progress> make_progress(const GlobalOptions& globals, const Terminal& terminal,
                                        const Streams& streams) {
  if (!terminal.errors_on_terminal || globals.quiet || globals.json) return std::make_unique<NoProgress>();
  return std::make_unique<ProgressBar>(streams.err, ProgressBar::Surroundings{error_width});
}

int run(const CommandLine& line, const Terminal& terminal, const Streams& streams) {
  const auto began = std::chrono::steady_clock::now();
  const std::unique_ptr<Progress> progress = make_progress(line.globals, terminal, streams);
  const int status = std::visit(Runner(line.globals, terminal, streams, *progress), line.command);
  if (line.globals.verbose && !line.globals.json) {
    const auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
    streams.err << "took " << describe_duration(took) << std::endl;
  }
  return status;
}

}  // namespace

int run_app(const std::vector<std::string>& arguments, const Terminal& terminal, const Streams& streams) {
  bool json = has_word(arguments, "--json");
  bool fetches = has_word(arguments, "fetch");
  const auto fail = [&](const Error& error) {
    print_error(streams, json, error);
    return fetches ? kExitFetchFailed : exit_code(error.code());
  };
  try {
    try {
      const CommandLine line = parse_command_line(arguments);
      json = line.globals.json;
      if (!std::holds_alternative<ShowText>(line.command))
        fetches = std::holds_alternative<FetchRequest>(line.command);
      return run(line, terminal, streams);
    } catch (const Error& error) {
      return fail(error);
    } catch (const std::bad_alloc&) {
      return fail(Error(Errc::internal, "out of memory", "give it fewer --jobs"));
    } catch (const std::exception& error) {
      return fail(Error(Errc::internal, fmt::format("unexpected: {}", error.what()),
                        "this is a bug; please report it"));
    }
  } catch (const std::exception& error) {
    // Not even the failure could be printed where it belongs.
    streams.err << "error: " << printable(error.what()) << std::endl;
    return fetches ? kExitFetchFailed : kExitFailed;
  }
}

}  // namespace pitr::cmd
