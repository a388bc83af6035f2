/** 控制台：管理员所作的处理，以及拒绝的说明。 */
import type { TallystickErrorCode } from "@tallystick/client";
import type { actsEn, partyEn, refusalEn, voidEn, webhooksEn } from "./console-acts-en.tsx";

export const actsZh: typeof actsEn = { yes: "确定", no: "暂不", done: "已完成。" };

export const voidZh: typeof voidEn = {
  title: "终止此凭证",
  void: "作废",
  voidThen: "余额与待审批的款项解除冻结，不再接受支用。已兑付的照常付出。此操作不可撤销。",
  reason: "原因，各方可见",
  reference: "凭据号",
  referenceWhy: "指令或案件的编号。同一凭据号只作废一次。",
};

export const partyZh: typeof partyEn = {
  title: "参与方",
  accounts: "账户",
  noAccounts: "在本账簿中没有账户。",
  vouchers: "其凭证",
  issuances: "其开证",
  open: (party) => `前往参与方${party}`,
  tokens: "令牌",
  tokensWhat: "令牌遗失、被盗，或持有人已离职时使用。",
  revoke: "撤销其令牌",
  revokeThen:
    "该参与方在所有服务上的会话立即终止，此前签发的令牌一律拒绝。其凭证与资金不变；新签发的令牌有效。",
  revoked: (time) => `${time}之前签发的令牌一律拒绝。`,
};

export const webhooksZh: typeof webhooksEn = {
  none: "没有接收事件的端点。",
  add: "新建端点",
  good: "接收正常",
  fails: (time) => `${time}起失败`,
  ended: (time) => `${time}终止`,
  deliveries: "投递记录",
  noDeliveries: "尚未发送。",
  attempts: "次数",
  again: "再次发送",
  next: (time) => `下次${time}`,
  states: { pending: "投递中", delivered: "已送达", failed: "已放弃", dropped: "未发送" },
  all: "全部事件",
  some: (count) => `${count}种事件`,
  of: (party) => `仅${party}的事件，如其所见`,
  both: (time) => `${time}之前，旧密钥同时签名。`,
  create: "建立端点",
  createThen: "自此以后的事件将签名发送，每件至少一次。",
  taken: "已有同名端点",
  takenNext: "请改用其他名称，或更改该端点。",
  id: "名称",
  idWhy: "小写字母、数字及 . _ -",
  url: "地址",
  urlWhy: "须为https，且可从公网访问。",
  party: "仅此参与方的事件（可不填）",
  partyWhy: "所收内容如该参与方所见。",
  types: "仅部分事件",
  typesWhy: "不选则为全部事件。",
  change: "更改",
  changeThen: "尚在投递的事件将发往新地址。已终止的端点恢复接收。",
  save: "保存",
  rotate: "更换密钥",
  rotateThen: "新密钥仅在此显示一次。旧密钥一天内同时签名，期间不会丢失事件。",
  delete: "删除",
  deleteThen: "尚在投递的事件不再发送。此操作不可撤销。",
  secret: "密钥，仅显示这一次",
  secretThen: "请保存到端点验证签名之处。之后无法再次查看，但可以更换。",
  copy: "复制",
  copied: "已复制。",
  back: "全部端点",
};

export const refusalZh: typeof refusalEn = {
  money: {
    untouched: "未动。",
    unknown: "尚不可知：要么全部完成，要么未动，绝不会只做一部分。",
    frozen: "维持原状。",
    clearing: "在清算中等待。",
  },
  what: (code, message) => {
    const says = WHATS[code];
    if (says === undefined) return message;
    return code === "invalid_request" || code === "conflict" ? `${says}：${message}` : says;
  },
  fault: (message) => `页面出现故障：${message}`,
  unread: "目前无法读取",
  looking: "未动。查看不作任何改动。",
  later: "请稍后再试；若仍如此，请查看存储与归档是否正常。",
  elsewhere: "请核对编号，或查找。",
  same: "请再次发送，只会执行一次。",
  new: "重新查看后再试。",
  no: "照此无法办理。",
};

const UNKNOWN = "尚不清楚是否已经完成";
const WHATS: { readonly [C in TallystickErrorCode]?: string } = {
  rate_limited: "短时间内请求过多",
  unauthenticated: "此令牌不属于管理员，或已失效",
  invalid_request: "服务不接受所填内容",
  not_found: "没有这个事项",
  forbidden: "此令牌无权办理",
  rolled_back: "存储曾经回退，须先作出决定",
  wrong_state: "当前状态不允许这一步",
  conflict: "其间已有变动，或编号已用于他处",
  insufficient_funds: "金额低于冻结与已用之和",
  exceeds_remaining: "金额超过已用额度",
  account_name_mismatch: "账号与户名不符",
  account_not_payable: "该账户不能收款",
  currency_mismatch: "账户币种不同",
  unavailable: UNKNOWN,
  internal: UNKNOWN,
  timeout: UNKNOWN,
  aborted: UNKNOWN,
  disconnected: UNKNOWN,
};
