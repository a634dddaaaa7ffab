#include "run/init.hpp"

#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "store/store.hpp"

namespace pitr {

InitReport init_repository(const Context& context, const InitRequest& request) {
  const Engine& engine = engine_named(request.engine);
  const Repository repository = Repository::init(open_store(context.repository_url, true), request.engine,
                                                 engine.notation(), request.codec);
  return {repository.document().id, repository.store().location(), request.engine, request.codec,
          engine.advice()};
}

}  // namespace pitr
