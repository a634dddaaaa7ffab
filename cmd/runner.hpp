#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "cmd/command_line.hpp"
#include "cmd/render_text.hpp"
#include "cmd/terminal.hpp"
#include "run/context.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace pitr::cmd {

struct Streams {
  std::ostream& out;  // results
  std::ostream& err;  // everything else
};

// Runs one command: calls the core and prints what it reports, as text or as one JSON document. Each
// operator() returns the exit status; failures are thrown.
class Runner {
 public:
  Runner(const GlobalOptions& globals, const Terminal& terminal, const Streams& streams, Progress& progress);

  int operator()(const ShowText& text);
  int operator()(const InitRequest& request);
  int operator()(const ArchiveRequest& request);
  int operator()(const FetchRequest& request);
  int operator()(const ListRequest& request);
  int operator()(const ValidateRequest& request);
  int operator()(const RestoreCommand& command);
  int operator()(const CreateRestorePointRequest& request);
  int operator()(const ListRestorePoints& request);
  int operator()(const DeleteRestorePoint& request);

 private:
  // Prints the JSON document or the text, as the options say. Text that only tells of success is not printed
  // when quiet.
  template <typename Document, typename Text>
  void print(Document document, Text text, bool only_success);
  void print_document(Json document);
  void print_text(const std::string& text);
  int refuse(const RefusedRestore& refused);

  const GlobalOptions& globals_;
  TextStyle style_;
  Streams streams_;
  std::vector<std::string> warnings_;  // for the JSON document
  Context context_;
};

// Writes a failure where and how it belongs: "error:" and "hint:" on streams.err, or a document on
// streams.out. details: complete lines between the two.
void print_error(const Streams& streams, bool json, const Error& error);
void print_refusal(const Streams& streams, bool json, const RefusedRestore& refused);

// Indented, with a newline; what is not UTF-8 is replaced.
std::string document_text(const Json& document);

// Throws io_error when what was written did not arrive. A reader that went away by itself is no failure.
void flush(std::ostream& out);

}  // namespace pitr::cmd
