"""A series in which every free text tries to become code: markup in a browser, a formula in a spreadsheet."""

from casekit import records

SCRIPT = "<img src=x onerror=window.attacked=1><script>window.attacked=1</script>"
FORMULA = "=HYPERLINK(1;2)"


def hostile():
    """Two patients with lupus, one named like a formula and one like markup."""
    ends = f"{FORMULA}{SCRIPT}"
    return records.from_text(
        {"title": f"</title>{SCRIPT}", "data_cut": SCRIPT, "synthetic": True},
        patients=f"""patient_id,disease,subtype,sex,age_years,last_known_day,organs,autoantibodies,end_reason
            =1+1,SLE,{ends},female,30,200,{SCRIPT},{SCRIPT},data cut
            <b>B</b>,SLE,@SUM(1),male,41,100,,,""",
        treatments=f"""patient_id,drug,category,dose,dose_unit,frequency,start_day,end_day,reason,origin
            =1+1,cd19_car_t,car_t,1000000,cells/kg,once,0,0,{SCRIPT},{FORMULA}
            =1+1,prednisolone,glucocorticoid,10,mg,daily,-300,-20,{ends},{ends}
            <b>B</b>,cd19_car_t,car_t,,,once,0,0,,""",
        measurements=f"""patient_id,day,variable,value,unit,origin
            =1+1,-5,anti_dsdna_iu_ml,400,IU/mL,{ends}
            <b>B</b>,-5,anti_dsdna_iu_ml,40,IU/mL,{SCRIPT}""",
        assessments=f"""patient_id,day,variable,value,attributed_to,origin
            =1+1,-5,arthritis,yes,,{ends}
            =1+1,-5,pga_0_3,2,,{ends}
            =1+1,60,arthritis,no,,{SCRIPT}""",
        events=f"""patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system,outcome,origin
            =1+1,adverse_event,crs,5,7,no,1,ASTCT 2019,resolved,{ends}""",
    )
