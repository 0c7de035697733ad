import { describe, expect, it } from 'vitest';
import { fromJson, toJson } from './json-form.ts';
import { messageType, PACKAGE } from './protocol.ts';

const FISS = messageType(`${PACKAGE}.FissClaimChange`);
const MCS = messageType(`${PACKAGE}.mcs.McsDetail`);

describe('protobuf’s JSON form', () => {
  it('comes back as it was', () => {
    const json = {
      timestamp: '2024-05-06T07:08:09.120000000Z',
      seq: '9007199254740993',
      changeType: 'CHANGE_TYPE_DELETE',
      claim: { fissDiagCodes: [{ diagCd2: 'A', diagPoaIndEnum: 99, rdaPosition: 1 }] },
    };

    expect(toJson(FISS, fromJson(FISS, json))).toEqual(json);
  });

  it('may have the names of the .proto files, numbers for names, and times with an offset', () => {
    const message = fromJson(FISS, {
      change_type: 2,
      timestamp: '2024-05-06T07:08:09+02:00',
      seq: 5,
      claim: null,
    });

    expect(message).toEqual({
      change_type: 'CHANGE_TYPE_DELETE',
      timestamp: { seconds: '1714972089', nanos: 0 },
      seq: '5',
    });
  });

  it('writes names with digits as protobuf does', () => {
    expect(fromJson(MCS, { idrKPosAddr21st: 'x', idrDtlAmbPickupAddres1: 'y' })).toEqual({
      idr_k_pos_addr2_1st: 'x',
      idr_dtl_amb_pickup_addres_1: 'y',
    });
  });

  it('understands names of older versions where it is told', () => {
    const former = { fields: { 'McsDetail.oldName': 'idrTosUnrecognized' }, values: { OLD: 9 } };

    expect(fromJson(MCS, { oldName: 'x', idrTwoDigitPosEnum: 'OLD' }, former)).toMatchObject({
      idr_tos_unrecognized: 'x',
    });
  });

  it.each([
    [[], 'the message is no object'],
    [{ nothing: 'secret' }, 'the message has a field that the protocol does not know'],
    [{ claim: { hicNo: 5 } }, 'claim.hicNo is no text'],
    [{ claim: { fissDiagCodes: {} } }, 'claim.fissDiagCodes is no list'],
    [
      { claim: { fissDiagCodes: [{}, { rdaPosition: '1.5' }] } },
      'claim.fissDiagCodes[1].rdaPosition is no whole number',
    ],
    [{ changeType: 'secret' }, 'changeType is no value of its enum'],
    [{ timestamp: 'secret' }, 'timestamp is no time'],
    [{ seq: {} }, 'seq is no number'],
  ])('is refused without telling a value: %j', (json, message) => {
    expect(() => fromJson(FISS, json)).toThrow(message);
    expect(() => fromJson(FISS, json)).not.toThrow('secret');
  });
});
