/** 页面上的全部文字，中文。 */
import type { End, What } from "../model/steps.ts";
import type { AllWords } from "./en.tsx";
import { countdown, dayAndTime, partsOfLeft } from "./format.ts";
import { accountsZh, historyZh } from "./history-zh.tsx";
import { refusalsZh } from "./refusals-zh.tsx";
import { lifeZh, voucherZh } from "./voucher-zh.tsx";

type Kind = "funds" | "credit";
type Name = Parameters<AllWords["asksYou"]>[0];

const KINDS = { funds: "存款账户", credit: "授信额度" };

function left(ms: number): string {
  const parts = partsOfLeft(ms);
  if (parts.days >= 10) return `${Math.round(ms / 86_400_000)}天`;
  return parts.days > 0 ? `${parts.days}天${parts.hours}小时` : countdown(parts);
}

function leftInWords(ms: number): string {
  const { days, hours, minutes, seconds } = partsOfLeft(ms);
  const texts = [
    days > 0 && `${days}天`,
    hours > 0 && `${hours}小时`,
    days === 0 && minutes > 0 && `${minutes}分`,
    days + hours === 0 && `${seconds}秒`,
  ].filter(Boolean);
  return `剩余${texts.join("")}`;
}

function account({ kind, last4 }: { kind?: Kind | undefined; last4: string }): string {
  return `${kind ? KINDS[kind] : "账户"}（尾号${last4}）`;
}

function step(what: What, payer: Name): Name {
  switch (what.says) {
    case "requested":
      return what.toSelf ? "请自己付款" : <>请{payer}付款</>;
    case "agreed":
      return "同意";
    case "declined":
      return "拒绝";
    case "opened":
      return "发起开证";
    case "accepted":
      return "接受该账户";
    case "cancelled":
      return "取消";
    case "changed":
      return "申请更换账户";
    case "sent":
      return `提交${account(what.account)}`;
    case "kept":
      return `保留${account(what.account)}`;
    case "verified":
      return "户名相符，金额足够";
    case "stale":
      return "账户已不再满足条件，没有冻结任何款项";
    case "refused":
      return what.attemptsLeft === 0
        ? "拒绝该账户，不能再提交"
        : `拒绝该账户，还可尝试${what.attemptsLeft}次`;
    case "consented":
      return `同意，第${what.changes}次变更，最多5次`;
  }
}

const ENDS: Record<Extract<End, { how: "cut" }>["why"], readonly [string, string]> = {
  declined: ["已拒绝", "没有冻结任何款项。"],
  cancelled: ["已取消", "没有冻结任何款项。"],
  expired: ["已失效", "未及时答复，没有冻结任何款项。"],
  failed: ["未成功", "五个账户均被拒绝，没有冻结任何款项。"],
};

export const zh: AllWords = {
  code: "zh",
  other: "English",
  otherLanguage: "en",
  title: "Tallystick",
  pages: "页面",
  terminal: "终端",
  theme: "浅色或深色",
  signOut: "退出",
  live: "实时",
  offline: "离线",
  skip: "转到现在可以做的事",
  inbox: "收件箱",
  back: "收件箱",
  moreWait: (count) => (count === 0 ? "" : `还有${count}项等待您处理`),
  loading: "正在读取未完成的事项。",
  you: "您",
  left,
  leftInWords,
  kind: (kind) => KINDS[kind],
  account,
  step,
  roles: { issuer: "开证人", payer: "支付人", beneficiary: "收证人" },
  hub: "服务器",
  now: "现在",
  money: "资金",
  close: "关闭",
  goBack: "返回",
  cancelForm: "暂不",

  signIn: {
    title: "登录",
    choose: "选择示例账册中的一方",
    chooseWhy:
      "服务器运行在您自己的电脑上，使用示例账户，因此您可以扮演任何一方。再打开一个标签页即可扮演另一方。",
    find: "查找",
    none: "账册中没有示例中的任何一方。请用令牌登录。",
    token: "令牌",
    tokenWhy: "由服务器运营方提供的JSON Web Token，只保存在本标签页中。",
    go: "登录",
    withToken: "用令牌登录",
    withParty: "改为选择一方",
    connecting: "正在连接……",
  },

  cut: (since) => `${since}起连接中断。`,
  cutWhat: (seconds) => `没有任何丢失：您此刻的操作已保存，恢复连接后只发送一次。${seconds}秒后重试。`,
  tryNow: "立即重试",
  backAt: (at) => `${at}已恢复连接。`,
  backWhat: (count) => (count === 0 ? "其间没有新的步骤。" : `其间有${count}个新步骤，已在时间线上标出。`),

  list: {
    find: "对方、金额或用途",
    mine: "轮到您",
    theirs: "等待对方",
    live: "有效凭证",
    ended: "已结束",
    clear: "清除已结束的事项",
    remains: (sum) => `余额${sum}`,
    ask: "申请开证",
    emptyTitle: "没有等待您处理的事项",
    empty: "新的邀请会自动出现在这里。如需收款，请邀请对方担任支付人。",
    noneTitle: (text) => `没有与“${text}”相符的事项`,
    none: "已查找未完成的事项、有效凭证，以及登录以来结束的事项。",
    clearSearch: "清除查找",
    chooseTitle: "请选择要查看的事项",
  },
  tasks: {
    agree: "同意或拒绝",
    open: "发起开证",
    submit: "提交账户",
    change: "请更换账户",
    accept: "确认账户",
    decide: "审批支用",
    take: "接受凭证",
  },
  waits: {
    proposed: "对方同意或拒绝",
    agreed: "对方发起开证",
    opened: "对方提交账户",
    verified: "对方确认账户",
    changing: "对方更换账户",
  },
  states: {
    proposed: "已邀请",
    agreed: "已同意",
    opened: "已发起",
    verified: "已核验",
    changing: "更换账户中",
    issued: "已开证",
    declined: "已拒绝",
    cancelled: "已取消",
    expired: "已失效",
    failed: "未成功",
    accepted: "已接受",
    honoured: "已付清",
    released: "已放弃",
    rejected: "已拒收",
    withdrawn: "已撤回",
    voided: "已作废",
  },

  asksYou: (issuer) => <>{issuer}请您付款</>,
  youAsk: (payer) => <>您请{payer}付款</>,
  youAskYourself: "您请自己付款",
  terms: {
    for: "用途",
    beneficiary: "收证人",
    valid: "有效期",
    review: "账户",
    approval: "支用",
    days: (seconds) =>
      seconds % 86_400 === 0 ? `${seconds / 86_400}天` : `${Math.round(seconds / 3600)}小时`,
    reviews: { first: "首个账户须确认", every: "每个账户须确认", none: "账户通过即开证" },
    approvedBy: (party, within) => (
      <>
        {party}可在{within}内拒绝
      </>
    ),
  },
  happened: "已发生的步骤",
  here: "在线",
  away: "不在线",
  yourTurn: "轮到您",
  theirTurn: "等待对方",
  yourAnswer: "您的答复",
  theirAnswer: "对方的答复",
  answerBy: (time) => `请在${time}前答复，逾期失效，不冻结任何款项。`,
  theyAnswerBy: (time) => `至${time}；逾期失效，不冻结任何款项。`,
  timeLeft: (text) => `剩余${text}`,
  ends: ENDS,
  joined: "已冻结并开证",
  openVoucher: "查看凭证",
  reference: (id, version) => (
    <>
      开证{id}，第{version}步
    </>
  ),
  ask: {
    agree: (issuer) => <>{issuer}请您为这张凭证付款。</>,
    open: (payer) => <>{payer}已同意。请发起开证，对方随即提交账户。</>,
    openSelf: "请发起开证，然后提交账户。",
    submit: "您用哪个账户付款？",
    change: (issuer) => <>{issuer}请您更换付款账户。</>,
    changeOwn: "服务器已同意。您改用哪个账户付款？",
    accept: (payer) => <>{payer}的账户已通过核验。</>,
    acceptSelf: "账户已通过核验。",
    waits: {
      proposed: (payer) => <>已邀请{payer}。</>,
      agreed: (issuer) => <>您已同意，等待{issuer}发起开证。</>,
      opened: (payer) => <>{payer}正在选择账户。</>,
      verified: (issuer) => <>{issuer}正在确认您的账户。</>,
      changing: (payer) => <>已请{payer}更换账户。</>,
    },
  },
  act: {
    agree: "同意付款",
    agreeThen: "您承诺付款。在您提交账户并通过核验之前，不冻结任何款项。",
    decline: "拒绝",
    declineThen: "到此结束，不冻结任何款项。",
    open: "发起开证",
    openThen: (payer) => <>{payer}会立即收到通知，提交账户。</>,
    accept: "接受并开证",
    acceptThen: (sum) => <>再次核验账户，冻结{sum}并开立凭证：要么全部完成，要么完全不做。</>,
    change: "请更换账户",
    changeThen: (payer) => <>{payer}可提交另一个账户，或保留原账户。其间不冻结任何款项。</>,
    changeOwn: "改用另一个账户",
    changeOwnThen: "先由服务器同意。其间不冻结任何款项。",
    keep: (what) => `保留${what}`,
    keepThen: (issuer) => <>尚未冻结任何款项。由{issuer}接受，或再次要求更换。</>,
    pay: (what) => `用${what}付款`,
    sendAccount: "提交该账户",
    payIssues: (sum) => <>核验通过后，立即冻结{sum}并开立凭证，两者同时完成。</>,
    payWaits: (issuer) => <>立即核验。在{issuer}接受之前，不冻结任何款项。</>,
    cancel: "取消本次开证",
    cancelAsk: "要取消本次开证吗？",
    cancelThen: "双方就此结束，不冻结任何款项。",
    reason: "原因（对方可见）",
    optional: "可不填",
    sending: "已发送，服务器即将答复。",
    waitsForLine: "已保存，恢复连接后只发送一次。",
    repeating: (tries) => `尚未收到答复，结果未知。已重发${tries}次，只会生效一次，您无需再按。`,
  },
  pick: {
    legend: "您的账户及可用金额",
    cannot: (count) => `${count}个账户不能支付`,
    stands: "当前账户，可在下方保留",
    short: (available, by) => (
      <>
        可用{available}，差{by}
      </>
    ),
    blocked: "已停用",
    currency: (its, wanted) => `币种为${its}，凭证币种为${wanted}`,
    other: "其他账户",
    number: "账号",
    holder: "户名",
    credit: "授信额度不能收款",
    intoLegend: "存入您的哪个账户？",
    cannotTake: (count) => `${count}个账户不能收款`,
  },

  request: {
    title: "申请开证",
    payer: "支付人",
    payerWhy: "请谁付款。",
    amount: "金额",
    currency: "币种",
    memo: "用途",
    memoWhy: "双方与收证人都会看到。",
    beneficiary: "收证人",
    beneficiaryWhy: "凭证开给谁。不填则为您自己。",
    more: "更多条件",
    validFor: "有效期（天）",
    review: "如何确认账户",
    reviews: {
      first: "我确认首个账户；变更后提交的账户通过即开证",
      every: "我确认每个账户",
      none: "首个通过的账户即开证",
    },
    approval: "支用时",
    approvals: {
      none: "每笔支用立即付款",
      payer: "支付人可拒绝支用，逾期视为同意",
      issuer: "我可拒绝支用，逾期视为同意",
    },
    within: "可拒绝的天数",
    go: "邀请",
    goThen: "支付人会立即收到邀请，不冻结任何款项。",
    sending: "正在邀请……",
    problems: {
      party: "请填写对方的标识，例如acme",
      amount: "请填写金额，例如1250.50",
      days: "请填写1到365之间的整数",
      approver: "可拒绝支用的一方不能是收证人",
    },
  },

  voucher: voucherZh,
  life: lifeZh,
  history: historyZh,
  accounts: accountsZh,
  fence: {
    what: "服务器数据回退，落后于此事项已显示的状态",
    money: "与之前相同。在运营方决定之前，不会有任何变动。",
    next: {
      issuance: "请等待，运营方已获知。仍可取消或拒绝，到期也会失效。",
      voucher: "请等待，运营方已获知。在此之前不能进行任何操作，凭证也不会到期。",
    },
    again: "再看一次",
    task: "等待运营方决定",
    lost: "服务器已没有这里显示的内容",
    lostNext: "运营方已获知。可以查看服务器现有的内容，可能是较早的步骤。",
    anew: "显示服务器现有的内容",
  },
  lost: {
    title: "没有找到",
    what: "没有这个开证或凭证，或它不属于您。",
    money: "未因查看而改变。",
    next: "请在收件箱中查找，或以其中一方的身份登录。",
  },
  refusals: refusalsZh,
  dayAndTime,
};
