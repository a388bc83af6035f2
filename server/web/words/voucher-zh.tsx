/** 关于凭证的文字，中文。 */
import type { lifeEn, voucherEn } from "./voucher-en.tsx";

export const voucherZh: typeof voucherEn = {
  name: "电子凭证",
  notches: (digits) => `符木：刻痕为金额的各位数字${digits}，两半相同`,
  beneficiary: "收证人",
  payer: "支付人",
  issuer: "开证人",
  for: "用途",
  issued: "开立",
  validUntil: "有效期至",
  honoured: "已付",
  waits: "待批",
  remains: "余额",
  released: "已解冻",
  drawings: "支用记录",
  columns: { number: "序号", at: "时间", what: "结果", amount: "金额" },
  drawing: {
    waitsFor: (party, until) => (
      <>
        等待{party}
        <small>至{until}，逾期即付</small>
      </>
    ),
    open: "已从支付人账户划出，付款中",
    settled: "已付",
    failed: "未能付出，由运营方处理",
    refused: (reason) => <>已拒绝：{reason}</>,
    to: (last4) => `入账户（尾号${last4}）`,
  },
  state: {
    issued: "已开证，尚未接受",
    accepted: "已接受",
    drawn: "已接受，支用中",
    honoured: "已付清",
    paidInPart: "已付，其余已放弃",
    released: "收证人已放弃",
    rejected: "收证人已拒收",
    withdrawn: "开证人已撤回",
    expired: "已到期",
    voided: "运营方已作废",
  },
  signed: "服务器签章",
  proves: "验证可证明：上列金额、各方与日期由本服务器签发，一字未改。签发之后的支用情况，以联机查询为准。",
  tech: (key, version, digest) => (
    <>
      Ed25519，密钥{key}，第{version}步，摘要{digest}
    </>
  ),
  durability: { memory: "保存在内存中", fsynced: "已写入磁盘", replicated: "已写入磁盘并复制" },
  printed: (at) => `打印于${at}。打印后的支用不在其中。`,
  qr: "二维码：在服务器上打开本凭证",
  noSignature: "已结束的凭证不再签章。",
  print: "打印",
  printWhy: "一页A4",
  file: "签章文件",
  fileWhy: ".jwt",
  verify: "再次验证",
  negotiated: "协商经过",
  match: "两半相符",
  matchWhy: (at) => `${at}已在本浏览器中用服务器公钥验证；支用情况来自服务器。`,
  checking: "正在验证签章……",
  cannotCheck: "未在此验证",
  cannotCheckWhy:
    "本浏览器在此连接上不能验证Ed25519。请保存签章文件，运行：tallystick verify FILE --jwks KEYS",
  noDocument: "目前没有签章文件",
  noDocumentWhy: "服务器没有给出签章文件。此处所见以服务器为准。",
  mismatch: "签章不符",
  mismatchMoney: "该文件不能证明任何款项。服务器上的凭证情况见上。",
  mismatchNext: "文件在签章后被改动，或由其他服务器签发。请告知服务器运营方。",
  unit: (size) => `${(size / 1024).toFixed(1)} KB`,
};

export const lifeZh: typeof lifeEn = {
  decide: (party, sum) => (
    <>
      {party}支用{sum}
    </>
  ),
  silence: (time) => `请在${time}前答复，逾期即付。`,
  approve: (sum) => `批准，支付${sum}`,
  approveThen: (party, last4) => (
    <>
      从支付人账户划给{party}
      {last4 ? `的账户（尾号${last4}）` : ""}。
    </>
  ),
  refuse: "拒绝并说明原因",
  refuseThen: (party) => <>该款项继续为本凭证冻结；{party}可再次支用。</>,
  refuseGo: "拒绝该支用",
  take: (sum) => <>{sum}可供您支用。</>,
  accept: "接受凭证",
  acceptThen: "开证人不能再撤回，款项继续为您冻结。",
  reject: "拒收",
  rejectThen: "到此结束，款项解冻。",
  draw: "支用",
  drawThen: (sum) => <>余额{sum}。</>,
  drawInto: "全部或部分，存入您的账户。",
  drawTitle: "支用凭证",
  amount: "金额",
  all: "全部余额",
  final: "这是最后一笔支用，剩余金额放弃",
  drawGo: (sum) => `支用${sum}`,
  drawNow: "立即从支付人的冻结款项划入您的账户。",
  drawWaits: (party, within) => (
    <>
      {party}可在{within}内拒绝，逾期即付。
    </>
  ),
  release: "放弃部分或全部",
  releaseTitle: "放弃不需要的金额",
  releaseGo: (sum) => `放弃${sum}`,
  releaseThen: "在支付人账户中解冻，不能再支用。",
  withdraw: "撤回凭证",
  withdrawThen: "在收证人有任何动作之前结束，款项解冻。",
  watchTitle: "没有需要您做的事",
  watch: {
    issued: (party) => <>等待{party}接受。</>,
    accepted: (party) => <>{party}可以支用。</>,
    waits: (party) => <>等待{party}审批支用。</>,
  },
  ended: "本凭证已结束。",
  until: (time) => `有效期至${time}。`,
  exceeds: (sum) => `不超过${sum}`,
};
