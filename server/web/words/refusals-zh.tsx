/** 拒绝的三句话：发生了什么，资金怎样，怎么办。 */
import type { TallystickErrorCode } from "@tallystick/client";
import type { Circumstances, Sentences } from "./refusals-en.tsx";

const UNTOUCHED = "未动，没有冻结任何款项。";
const AS_BEFORE = "与之前相同。";
const UNKNOWN = "尚不清楚：要么全部完成，要么完全未动，不会只做一部分。";

function more(left: number | undefined): string {
  if (left === undefined) return "";
  return left === 0 ? "已不能再试。" : `还可尝试${left}次。`;
}

export function refusalsZh(code: TallystickErrorCode, about: Circumstances): Sentences {
  const account = about.account ?? "该账户";
  switch (code) {
    case "account_name_mismatch":
      return [
        "户名与账号不符",
        UNTOUCHED,
        `请核对账号与户名后重新提交。${more(about.attemptsLeft)}对方不会看到您填写的内容，也不会知道原因。`,
      ];
    case "account_blocked":
      return [`${account}已停用`, UNTOUCHED, `请提交另一个账户。${more(about.attemptsLeft)}`];
    case "currency_mismatch":
      return [
        `${account}的币种与凭证不同`,
        UNTOUCHED,
        `请提交币种为${about.currency}的账户。${more(about.attemptsLeft)}`,
      ];
    case "insufficient_funds":
      return [`${account}余额不足`, UNTOUCHED, `请提交另一个账户。${more(about.attemptsLeft)}`];
    case "insufficient_credit":
      return [`${account}可用额度不足`, UNTOUCHED, `请提交另一个账户。${more(about.attemptsLeft)}`];
    case "account_refused":
      return [
        "支付人的账户已不再满足条件",
        "未动，没有开立凭证。",
        "请等待：支付人已知道原因，可以提交另一个账户。",
      ];
    case "account_not_payable":
      return [`${account}不能收款`, AS_BEFORE, "请选择存款账户。"];
    case "too_many_open":
      return ["未完成的开证申请过多", "没有提出申请。", "请等待对方答复，或取消一些申请。"];
    case "change_not_allowed":
      return ["账户已变更5次，达到上限", UNTOUCHED, "请接受该账户，或取消本次开证。"];
    case "exceeds_remaining":
      return [
        `支用金额超过余额${about.remaining ?? ""}`,
        "与之前相同：余额仍为收证人冻结。",
        `请支用${about.remaining ?? "余额"}或更少。`,
      ];
    case "too_many_drawings":
      return ["本凭证的支用次数已达上限", AS_BEFORE, "余额仍可放弃。"];
    case "wrong_state":
      return [
        about.state ? `已经太迟：现在的状态是“${about.state}”` : "已经太迟：状态已经改变",
        AS_BEFORE,
        "请查看已发生的步骤，再决定怎么做。",
      ];
    case "conflict":
      return ["在您决定期间，状态已经改变", AS_BEFORE, "请查看已发生的步骤，重新决定。"];
    case "rolled_back":
      return [
        "服务器数据回退，落后于您所见的状态",
        "与之前相同。运营方决定之前，一切不再进行。",
        "请等待。您仍可取消。",
      ];
    case "rate_limited":
      return ["短时间内请求过多", UNTOUCHED, "请稍候再试。"];
    case "unauthenticated":
      return ["令牌已失效", "未动。未完成的事项会继续，不受本终端影响。", "请重新登录；登录后回到本页。"];
    case "forbidden":
      return ["这一步由另一方来做", UNTOUCHED, "请等待对方。"];
    case "not_found":
      return ["没有这个事项，或它不属于您", UNTOUCHED, "请在收件箱中查找，或以其中一方的身份登录。"];
    case "invalid_request":
      return [`服务器不接受：${about.message}`, UNTOUCHED, "请修改后重新提交。"];
    case "unavailable":
    case "internal":
    case "timeout":
    case "aborted":
    case "disconnected":
      return ["尚不清楚是否已经完成", UNKNOWN, "服务器恢复后请再查看：已完成的步骤会出现在时间线上。"];
    default:
      return [about.message, AS_BEFORE, "请查看已发生的步骤，再决定怎么做。"];
  }
}
