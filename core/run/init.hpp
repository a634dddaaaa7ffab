#pragma once

#include "repo/codec.hpp"
#include "run/context.hpp"

#include <string>

namespace pitr {

struct InitRequest {
  std::string engine;
  Codec codec;
};

struct InitReport {
  std::string repository;  // id
  std::string location;
  std::string engine;
  Codec codec;
  std::string advice = {};  // what to know before the first archiving; empty: nothing
};

InitReport init_repository(const Context& context, const InitRequest& request);

}  // namespace pitr
