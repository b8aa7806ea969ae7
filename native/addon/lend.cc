#include "core/platform/lend.h"

#include "addon/arguments.h"
#include "addon/calls.h"
#include "addon/to_js.h"

namespace governor {

Value to_js(Napi::Env env, const LentCpu& lent) {
  return Record(env)
      .with("cpu", lent.cpu)
      .with("owner", lent.owner)
      .with("borrower", lent.borrower)
      .with("ours", lent.ours)
      .with("others", lent.others)
      .with("ownerUsed", lent.owner_used)
      .with("borrowerUsed", lent.borrower_used);
}

using HeldPage = std::unique_ptr<LendPageOfRun>;

// The page, until JavaScript closes it or forgets it.
static Value start_to_lend(const CallbackInfo& info) {
  auto page = open_lend_page(whole(info, 0));
  return Napi::External<HeldPage>::New(info.Env(), new HeldPage(std::move(page)),
                                       [](Napi::Env, HeldPage* forgotten) { delete forgotten; });
}

static LendPageOfRun& held_page(const CallbackInfo& info) {
  const auto page = info[0].IsExternal() ? info[0].As<Napi::External<HeldPage>>().Data() : nullptr;
  if (!page || !*page) throw OsError{EINVAL, "page", "not an open lend page"};
  return **page;
}

static std::vector<unsigned> cpus(const CallbackInfo& info) { return set_of(info[1], "cpus").cpus(); }

static void define_lend(Napi::Object& exports) {
  define<start_to_lend>(exports, "openLendPage");
  define<DO(held_page(info).lend(cpus(info), whole(info, 2), info[3].ToBoolean(), info[4].ToBoolean()))>(exports,
                                                                                                         "lendCpus");
  define<DO(held_page(info).withhold(cpus(info)))>(exports, "withholdCpus");
  define<ANSWER(held_page(info).keep())>(exports, "keepLending");
  define<ANSWER(held_page(info).cpus())>(exports, "lentCpus");
  define<DO(held_page(info); info[0].As<Napi::External<HeldPage>>().Data()->reset())>(exports, "closeLendPage");
}

}  // namespace governor
